"""The command ``tlibsim``: arguments and exit codes, nothing more.

Each subcommand is a module of this package with a command of its own name; it is imported when it is
used, so that none pays for what another one needs.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

COMMANDS: Mapping[str, str] = {
    "agent": "Agents of a running server: show them, log in, ready, not ready.",
    "bundle": "Everything about a run in one file.",
    "call": "Calls on a running server: make them, look at them, act on them.",
    "cdr": "Call detail records: list, show, export.",
    "clock": "The clock of a running switch: advance, freeze, run.",
    "client": "A small T-Library client: watch DNs, send a request.",
    "completion": "What bash, fish, PowerShell or zsh needs to complete our commands.",
    "config": "Check a configuration, show what it comes to, print its schema.",
    "contract": "Is a recorder right?  Named checks, with reports for CI.",
    "coverage": "What is done with each request and event of the protocol.",
    "decode": "The messages of a capture (pcap, pcapng).",
    "demo": "A live switch with traffic and recorded calls.",
    "diff": "What differs between two logs, or a log and a run.",
    "dn": "A DN of a running server: show it, out of service, busy, forwarded.",
    "doctor": "What stands in the way, and what a client never did.",
    "export": "A journal as a capture, or in the words of a server's log.",
    "fault": "Faults of a running server: add, list, clear.",
    "init": "Make a project of one's own: recorder, desktop or tester.",
    "journal": "What was said on a running server: questions to its journal.",
    "lint": "Is tlibsim.yaml right?  The same as: config check.",
    "load": "Calls at a rate, and how fast the events come.",
    "rec": "Start, pause, resume and stop recordings on a running server.",
    "record": "Stand between a real client and a real server, and write what they say.",
    "recordings": "List, show and export recordings.",
    "reload": "A running server reads its configuration again.",
    "replay": "Send the requests or the events of a log again.",
    "scenario": "Play scenarios and compare what comes.",
    "serve": "Serve a switch until told to stop.",
    "snapshot": "Named states of a running server: save, load, list, remove.",
    "wait": "Wait until something happens on a running server.",
    "wire": "Decode, encode and explain bytes of the protocol.",
}
"""Subcommands, each with its line of help."""


INTERRUPTED = 130


class LazyGroup(click.Group):
    """Subcommands are known by name, and imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tlibsim.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"tlibsim.cli.{cmd_name} has no command {cmd_name}")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Ctrl-C ends every command in the same way: without a word, with exit code 130."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            sys.exit(INTERRUPTED)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names of commands and options, without importing any command."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name]) for name in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


if os.environ.get("_TLIBSIM_COMPLETE", "").startswith("powershell"):
    import_module("tlibsim.cli.powershell")


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from tlibsim.config.version import program_version

        click.echo(f"tlibsim {program_version()}")
        ctx.exit()


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """An open emulator of a T-Server / SIP Server for recorders and agent desktops."""
