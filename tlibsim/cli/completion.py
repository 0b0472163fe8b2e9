"""``tlibsim completion``: what a shell needs to complete our commands and options."""

import sys

import click
from click.shell_completion import get_completion_class

from tlibsim.cli import powershell
from tlibsim.cli.serve import BAD_USAGE

SHELLS = ("bash", "fish", powershell.NAME, "zsh")
_PROGRAM = "tlibsim"
_VARIABLE = "_TLIBSIM_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that teaches SHELL to complete ``tlibsim``.

    \b
    bash:  eval "$(tlibsim completion bash)"       in ~/.bashrc
    zsh:   eval "$(tlibsim completion zsh)"        in ~/.zshrc
    fish:  tlibsim completion fish | source        in ~/.config/fish/config.fish
    PowerShell:  tlibsim completion powershell | Out-String | Invoke-Expression    in $PROFILE
    """  # noqa: D301  click's mark for lines that are kept
    kind = get_completion_class(shell)
    program = ctx.find_root().command
    if kind is None:
        raise click.UsageError(f"{shell} is not known to click")
    try:
        click.echo(kind(program, {}, _PROGRAM, _VARIABLE).source())
    except (RuntimeError, OSError) as error:
        click.echo(f"{shell}: {error}", err=True)
        sys.exit(BAD_USAGE)
