"""``tlibsim lint``: is the configuration right, and are the files of contracts beside it?"""

from pathlib import Path

import click

from tlibsim.cli.config import check

USUAL = "tlibsim.yaml"


@click.command()
@click.argument("file", default=USUAL, metavar=f"[FILE={USUAL}]")
@click.option("--bed", is_flag=True, help="FILE is a scenario file: read its bed.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override one setting."
)
@click.pass_context
def lint(ctx: click.Context, file: str, bed: bool, overrides: tuple[str, ...]) -> None:
    """Tell what is wrong with FILE, each fault with line, column and the nearest valid key.

    The files contracts/recorder.yaml and contracts/desktop.yaml beside it are read as well.

    Ends with 0 when all can be used (warnings may be shown) and with 2 when one cannot.
    """
    ctx.invoke(check, file=file, bed=bed, overrides=overrides)
    for found in sorted(Path(file).parent.glob("contracts/*.yaml")):
        _check_contract(found)


def _check_contract(file: Path) -> None:
    """Tell what is wrong with the file of a contract; one that judges nothing else is left alone."""
    from tlibsim.cli.contract import selection_of, suite_of

    suite = suite_of(file.stem)
    if suite is None:
        return
    selection = selection_of(file, suite)
    run = [one for one in suite.checks if not selection.reason(one)]
    click.echo(f"{file}: good, {len(run)} of {len(suite.checks)} checks are run")
