"""``tlibsim reload``: a running server reads its configuration again."""

import click

from tlibsim.cli.remote import Remote, show, url_option


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@url_option
def reload(as_json: bool, url: str) -> None:
    """Let the server read its file again; calls, recordings and clients stay.

    Ends with 2 when the file is wrong: then the configuration of before stays in force.
    """
    document = Remote(url).post("reload")
    if as_json:
        show(document)
        return
    for warning in document["warnings"]:
        click.echo(warning, err=True)
    click.echo(document["summary"])
