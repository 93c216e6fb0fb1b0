"""What is made in a process beside this one is what would be made here, whatever becomes of that process."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from optimizer.app.second_process import made_beside

HERE = os.getpid()


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def where():
    return str(os.getpid()).encode()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_it_is_made_in_another_process():
    with made_beside(where) as make:
        assert int(make()) != HERE


def test_more_than_a_pipe_holds_comes_whole():
    content = os.urandom(1_000_000)
    with made_beside(lambda: content) as make:
        assert make() == content


def test_with_threads_or_one_processor_it_is_made_here(monkeypatch):
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        with made_beside(where) as make:
            assert int(make()) == HERE
    finally:
        ended.set()
        thread.join()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with made_beside(where) as make:
        assert int(make()) == HERE


def killed_elsewhere():
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return where()


def test_a_process_that_dies_costs_nothing():
    with made_beside(killed_elsewhere) as make:
        assert int(make()) == HERE


def test_what_goes_wrong_is_raised_here():
    def broken():
        raise ZeroDivisionError("oh")

    with made_beside(broken) as make, pytest.raises(ZeroDivisionError, match="oh"):
        make()


def test_nobody_is_waited_for_when_it_is_not_wanted():
    def endless():
        threading.Event().wait(60)

    began = time.monotonic()
    with made_beside(endless):
        pass
    assert time.monotonic() - began < 30, "it would have taken 60 s"
    assert "optimizer-maker" not in {child.name for child in multiprocessing.active_children()}
