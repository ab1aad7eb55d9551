"""Settings: who wins, and what a wrong one is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.config import load_settings
from pipeline.errors import ConfigError


def write(text: str, name: str = "bansou.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_gives_way_to_the_environment_and_that_to_the_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_settings().batch_size is None
    write("batch_size = 2\nbeam_size = 2\njobs = 2\n")
    monkeypatch.setenv("BANSOU_BEAM_SIZE", "3")
    monkeypatch.setenv("BANSOU_JOBS", "3")
    settings = load_settings(jobs=4)
    assert (settings.batch_size, settings.beam_size, settings.jobs) == (2, 3, 4)


def test_an_option_not_given_does_not_undo_the_file() -> None:
    write('model = "small"\nterms = ["a.yaml"]\nlisten = true\n')
    settings = load_settings(model=None, terms=(), listen=None)
    assert (settings.model, settings.terms, settings.listen) == ("small", (Path("a.yaml"),), True)
    assert load_settings(listen=False).listen is False


def test_model_and_listen_stay_unset_unless_somebody_sets_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BANSOU_MODEL", "")
    settings = load_settings()
    assert settings.model is None
    assert settings.listen is None


def test_a_file_changed_between_two_calls_is_read_again() -> None:
    write("beam_size = 2\n")
    assert load_settings().beam_size == 2
    write("beam_size = 3\n")
    assert load_settings().beam_size == 3


@pytest.mark.parametrize("key", ["modle", "batch-size"])
def test_an_unknown_key_is_named_with_the_known_ones(key: str) -> None:
    write(f"{key} = 1\n")
    with pytest.raises(ConfigError, match=rf"{key} is no setting.*bansou\.toml.*batch_size"):
        load_settings()


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ConfigError, match="modle is no setting"):
        load_settings(modle="base")


@pytest.mark.parametrize("text", ["batch_size = \n", "= 3", "[unclosed\n", 'model = "a\n'])
def test_a_broken_file_is_named(text: str) -> None:
    write(text, "own.toml")
    with pytest.raises(ConfigError, match=r"settings file own\.toml cannot be read"):
        load_settings(config=Path("own.toml"))


def test_a_file_in_another_encoding_is_named() -> None:
    Path("bansou.toml").write_bytes('model = "伴走"'.encode("cp932"))
    with pytest.raises(ConfigError, match=r"bansou\.toml cannot be read"):
        load_settings()


def test_a_missing_file_is_named_only_where_it_was_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"none\.toml does not exist"):
        load_settings(config=Path("none.toml"))
    assert load_settings().language == "ja"


@pytest.mark.parametrize(
    ("name", "value"), [("batch_size", "0"), ("device", "tpu"), ("jobs", "many"), ("listen", "ja")]
)
def test_a_wrong_value_is_named_with_its_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"BANSOU_{name.upper()}", value)
    with pytest.raises(ConfigError, match=rf"setting {name}: .*'{value}'.*BANSOU_{name.upper()}"):
        load_settings()


def test_glossary_files_come_from_the_data_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANSOU_TERMS", os.pathsep.join(["a.yaml", "b.yaml"]))
    assert load_settings(data=tmp_path).glossary_files == (Path("a.yaml"), Path("b.yaml"))
    (tmp_path / "terms.yaml").write_text("[]", encoding="utf-8")
    assert load_settings(data=tmp_path).glossary_files[0] == tmp_path / "terms.yaml"
