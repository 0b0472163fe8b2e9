"""``tlibsim lint``: is the configuration right?  A short word for ``tlibsim config check``."""

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

    Ends with 0 when the file can be used (warnings may be shown) and with 2 when it cannot.
    """
    ctx.invoke(check, file=file, bed=bed, overrides=overrides)
