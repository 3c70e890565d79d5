"""A draft is written as a study file that is read as the draft has it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import configurations, spaces

from overtone.errors import StudyFileError
from overtone.run.definition.command import RESERVED, parse_command
from overtone.run.definition.study_file import study_of
from overtone.run.definition.writing.draft import Draft, checked_text
from overtone.space import Categorical, Integer, Real, SearchSpace

PATH = Path("/nowhere/study.toml")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
METRICS = st.from_regex(r"\A[^\s:=]([^\r\n:=\ud800-\udfff]{0,8}[^\s:=\ud800-\udfff])?\Z").filter(
    lambda text: text.isprintable()
)


def is_writable(space):
    return not any(
        isinstance(p, Categorical) and any(choice is None for choice in p.choices)
        for p in space.parameters
    )


@st.composite
def drafts(draw):
    space = draw(spaces().filter(is_writable))
    names = [f"a{{{name}}}" for name in space.names]
    literal = TEXTS.map(lambda text: text.replace("{", "{{").replace("}", "}}"))
    words = [
        "program",
        *draw(
            st.lists(literal | st.sampled_from(names) | st.lists(literal, min_size=1), max_size=4)
        ),
    ]
    return Draft(
        name=draw(st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}\Z")),
        words=words,
        metric=draw(METRICS),
        direction=draw(st.sampled_from(["minimize", "maximize"])),
        space=space,
        default=draw(st.none() | configurations(space)),
        trials=draw(st.integers(1, 1000)),
        parallel=draw(st.none() | st.integers(1, 9)),
        timeout=draw(st.none() | st.floats(1e-3, 1e6)),
        remarks={name: draw(TEXTS) for name in space.names},
        left_out=draw(st.lists(TEXTS, max_size=2)),
    )


@given(drafts())
@settings(max_examples=25)
def test_what_is_written_is_read_as_it_was_meant(draft):
    found = study_of(checked_text(draft, PATH), PATH)
    assert (found.name, found.metric, found.direction) == (
        draft.name,
        draft.metric,
        draft.direction,
    )
    assert (found.trials, found.timeout) == (draft.trials, draft.timeout)
    assert found.parallel == (draft.parallel or 1)
    assert repr(found.space) == repr(draft.space)
    assert found.default == draft.default
    command = parse_command(draft.words, draft.space, PATH.parent)
    assert found.command == command


SPACE = SearchSpace(
    [
        Real("lr", 1e-4, 1.0, log=True),
        Integer("layers", 1, 8),
        Integer("width", 16, 64, step=16, when={"layers": [2, 3]}),
        Categorical("fast", (False, True)),
        Categorical("mode", ("a", 'b "c"'), {"fast": True}),
    ]
)
WORDS = ["python", "--lr={lr}", {"words": ["--fast"], "when": {"fast": True}}]


def draft_of(**more):
    return Draft("demo", WORDS, "loss", "minimize", SPACE, **more)


def test_the_space_is_written_in_its_shortest_form():
    lines = checked_text(draft_of(), PATH).splitlines()
    for line in (
        "lr = { low = 0.0001, high = 1.0, log = true }",
        "layers = { low = 1, high = 8 }",
        "width = { low = 16, high = 64, step = 16, when = { layers = [2, 3] } }",
        "fast = [false, true]",
        'mode = { choices = ["a", \'b "c"\'], when = { fast = true } }',
        '    "python", "--lr={lr}", { words = ["--fast"], when = { fast = true } },',
    ):
        assert line in lines


def test_every_key_that_a_newcomer_wants_next_stands_there_as_a_comment():
    text = checked_text(draft_of(), PATH)
    for key in ("parallel", "timeout", "repeats", "[default]", "[sampler]", "seed"):
        assert f"# {key}" in text
    uncommented = text.replace("# parallel", "parallel").replace("# timeout", "timeout")
    uncommented = uncommented.replace("# repeats", "repeats").replace("# [sampler]", "[sampler]")
    uncommented = uncommented.replace('# name = "spectral"', 'name = "spectral"')
    found = study_of(uncommented.replace("# seed", "seed"), PATH)
    assert (found.parallel, found.timeout, found.repeats) == (2, 600.0, None)


def test_a_default_that_is_not_whole_is_a_comment_with_what_is_known():
    text = checked_text(draft_of(known={"layers": 3}), PATH)
    assert "# layers = 3\n" in text
    assert "# lr = ...\n" in text
    assert study_of(text, PATH).default is None


@pytest.mark.parametrize("name", RESERVED)
def test_what_no_study_file_may_say_is_refused_before_it_is_written(name):
    draft = Draft("demo", ["run"], "loss", "minimize", SearchSpace([Integer(name, 0, 1)]))
    with pytest.raises(StudyFileError, match="Rename the parameter"):
        checked_text(draft, PATH)


def test_null_is_refused_with_the_reason():
    draft = Draft("demo", ["run"], "m", "minimize", SearchSpace([Categorical("a", (None, 1))]))
    with pytest.raises(StudyFileError, match="None cannot be written"):
        checked_text(draft, PATH)
