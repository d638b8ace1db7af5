"""Shared fixtures: a cache of its own for the test run, and synthetic surveys."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("VOC_CACHE", tempfile.mkdtemp(prefix="voc-test-cache-"))
os.environ.setdefault("VOC_KEY", str(Path(tempfile.mkdtemp(prefix="voc-test-key-")) / "key"))
os.environ.setdefault("MPLBACKEND", "agg")

import pytest

import voc
from voc.ingest import Survey
from voc.sample import plan
from voc.themes import Themes


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """The synthetic sample, made afresh by its seed."""
    return voc.read_survey(voc.sample.write(tmp_path_factory.mktemp("sample")))


@pytest.fixture(scope="session")
def month(survey: Survey) -> Survey:
    """Its last month."""
    return survey.month(plan.LAST_MONTH)


@pytest.fixture(autouse=True)
def _no_open_figures() -> Iterator[None]:
    """Figures that a test drew are closed after it."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def themes(survey: Survey) -> Themes:
    """Themes of the sample's last thirteen months."""
    return voc.themes.find(survey.window("2026-09", months=13))


@pytest.fixture
def sample_mapping() -> Path:
    """The sample's mapping file."""
    return voc.sample.MAPPING
