"""A run as text for a terminal, JUnit XML, one HTML page, a Markdown summary, a document."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from xml.etree import ElementTree as ET

from tlibsim.contract.result import CheckResult, RunResult, Status
from tlibsim.runs.document import Document

_WIDTH = 70
_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;
color-scheme:light dark}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;
border-bottom:1px solid #8884;vertical-align:top}
pre{overflow-x:auto;background:#8881;padding:.8rem}
.pass{color:#197a32}.FAIL{color:#c4182c;font-weight:bold}.quiet{color:#777}
@media(prefers-color-scheme:dark){.pass{color:#5fd38a}.FAIL{color:#ff7a86}.quiet{color:#aaa}}
"""


def line(result: CheckResult) -> str:
    """One check in one line."""
    head = f"{result.id} {result.level.value:<7} {result.title}"
    word = result.verdict.status.value
    return f"  {head:<{_WIDTH}}  {word:<9}{result.seconds:5.1f} s"


def text(run: RunResult) -> Iterator[str]:
    """What comes after the lines of the checks: the sum, and each failure with its reason."""
    yield f"{run.summary():<{_WIDTH + 12}}{run.seconds:6.1f} s"
    if run.problem:
        yield run.problem
    for one in run.failures:
        yield ""
        yield f"{one.id}  {one.title:<43} source: {one.source}"
        yield from (f"  {words}" for words in one.verdict.lines)
        yield f"  again: {run.again(one)}"


def item(one: CheckResult) -> Document:
    """One check in the document of a run (``GET /api/v1/runs/{id}``)."""
    return {
        "id": one.id,
        "level": one.level.value,
        "title": one.title,
        "source": one.source,
        "flow": one.flow,
        "status": one.verdict.status.value,
        "seconds": round(one.seconds, 3),
        "lines": list(one.verdict.lines),
        "ladder": list(one.ladder),
    }


def junit(run: RunResult) -> str:
    """JUnit XML, as CI systems read it."""
    counts = run.counts
    suite = ET.Element(
        "testsuite",
        name="tlibsim.contract",
        tests=str(len(run.results)),
        failures=str(counts[Status.FAIL]),
        errors="1" if run.problem else "0",
        skipped=str(counts[Status.SKIPPED] + counts[Status.NOT_SEEN]),
        time=f"{run.seconds:.3f}",
    )
    for one in run.results:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"contract.{one.flow}",
            name=f"{one.id} {one.title}",
            time=f"{one.seconds:.3f}",
        )
        _outcome(case, one, run.again(one))
    if run.problem:
        case = ET.SubElement(suite, "testcase", classname="contract", name="connect", time="0")
        ET.SubElement(case, "error", message=run.problem)
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _outcome(case: ET.Element, one: CheckResult, again: str) -> None:
    status = one.verdict.status
    lines = one.verdict.lines
    if status is Status.FAIL:
        failure = ET.SubElement(
            case, "failure", type=one.level.value, message=lines[0] if lines else one.title
        )
        told = (*lines, f"source: {one.source}", f"again: {again}", "", *one.ladder)
        failure.text = _xml_text("\n".join(told))
    elif status in (Status.SKIPPED, Status.NOT_SEEN):
        ET.SubElement(case, "skipped", message=_xml_text(f"{status.value}: {' '.join(lines)}"))


def _xml_text(words: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(c if c in "\n\t" or ord(c) >= 32 else "?" for c in words)


def markdown(run: RunResult) -> str:
    """A summary for the page of a CI run."""
    rows = [
        f"| {one.id} | {one.level.value} | {_cell(one.title)} | {one.verdict.status.value} |"
        for one in run.results
    ]
    lines = [f"## {run.title}", "", f"**{run.summary()}**", ""]
    if run.problem:
        lines += [run.problem, ""]
    lines += ["| check | level | what | result |", "| --- | --- | --- | --- |", *rows, ""]
    for one in run.failures:
        lines += [f"### {one.id} {one.title}", "", f"Source: {one.source}", "", "```"]
        lines += [*one.verdict.lines, f"again: {run.again(one)}", "```", ""]
    return "\n".join(lines)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def html(run: RunResult) -> str:
    """One page that needs nothing else, with the ladder of each failed call."""
    rows = "\n".join(_row(one) for one in run.results)
    failures = "\n".join(_failure(one, run.again(one)) for one in run.failures)
    problem = f"<p class=FAIL>{escape(run.problem)}</p>" if run.problem else ""
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        f"<title>{escape(run.title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{escape(run.title)}</h1>\n<p><strong>{escape(run.summary())}</strong> "
        f"in {run.seconds:.1f} s</p>{problem}\n"
        "<table><thead><tr><th>Check<th>Level<th>What<th>Source<th>Result</tr></thead>\n"
        f"<tbody>{rows}</tbody></table>\n{failures}\n</body></html>\n"
    )


def _row(one: CheckResult) -> str:
    status = one.verdict.status
    kind = status.value if status in (Status.PASS, Status.FAIL) else "quiet"
    name = f'<a href="#{one.id}">{one.id}</a>' if status is Status.FAIL else one.id
    return (
        f"<tr><td>{name}<td>{one.level.value}<td>{escape(one.title)}"
        f"<td>{escape(one.source)}<td class={kind}>{status.value}</tr>"
    )


def _failure(one: CheckResult, again: str) -> str:
    reason = escape("\n".join((*one.verdict.lines, f"again: {again}")))
    steps = escape("\n".join(one.ladder))
    shown = (
        f"<h3>What happened (flow {escape(one.flow)})</h3><pre>{steps}</pre>" if steps else ""
    )
    return (
        f'<section id="{one.id}"><h2>{one.id} {escape(one.title)}</h2>'
        f"<p>Source: {escape(one.source)}</p><pre>{reason}</pre>{shown}</section>"
    )


WRITERS: Mapping[str, Callable[[RunResult], str]] = {
    "junit": junit,
    "html": html,
    "summary": markdown,
}
"""Reports by the name of the option that asks for them."""
