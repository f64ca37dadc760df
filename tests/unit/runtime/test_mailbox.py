import threading

import pytest

from rowtide.errors import ConnectError
from rowtide.runtime.herder.mailbox import Mailbox


@pytest.fixture
def mailbox():
    mailbox = Mailbox()
    mailbox.start("test-mailbox")
    yield mailbox
    mailbox.close(5)


def test_calls_answer_in_the_order_of_posting(mailbox):
    seen = []
    for i in range(50):
        mailbox.post(lambda i=i: seen.append(i))
    assert mailbox.call(lambda: list(seen), "looking").result(5) == list(range(50))


def test_what_a_call_raises_reaches_the_caller_and_the_thread_goes_on(mailbox):
    def fail():
        raise ConnectError("no")

    with pytest.raises(ConnectError, match="no"):
        mailbox.call(fail, "failing").result(5)
    mailbox.post(fail)
    assert mailbox.call(lambda: 1, "counting").result(5) == 1


def test_a_delayed_action_waits_for_its_time_and_nothing_else_does(mailbox):
    order, done = [], threading.Event()
    mailbox.post(lambda: (order.append("late"), done.set()), delay_s=0.1)
    mailbox.post(lambda: order.append("now"))
    assert done.wait(5)
    assert order == ["now", "late"]


def test_the_stage_says_what_the_thread_is_busy_with(mailbox):
    entered, leave = threading.Event(), threading.Event()
    call = mailbox.call(lambda: (entered.set(), leave.wait(5)), "starting connector x")
    entered.wait(5)
    assert mailbox.stage.summarize().startswith("The worker is currently starting connector x, which began at 2")
    leave.set()
    call.result(5)
    mailbox.call(lambda: None, "resting").result(5)
    mailbox.close(5)
    assert "The last operation the worker completed was resting" in mailbox.stage.summarize()


def test_closing_runs_what_is_due_fails_what_waits_and_refuses_more():
    mailbox = Mailbox()
    entered, leave = threading.Event(), threading.Event()
    mailbox.start("test-mailbox")
    mailbox.post(lambda: (entered.set(), leave.wait(5)))
    entered.wait(5)
    waiting = mailbox.call(lambda: "done", "waiting")
    closer = threading.Thread(target=mailbox.close, args=(5,))
    closer.start()
    leave.set()
    closer.join(5)
    assert waiting.result(5) == "done"
    with pytest.raises(ConnectError, match="Worker is shutting down"):
        mailbox.call(lambda: None, "late")


def test_a_mailbox_that_hangs_fails_the_calls_behind_it_and_says_so():
    mailbox = Mailbox()
    leave = threading.Event()
    mailbox.start("test-mailbox")
    mailbox.post(lambda: leave.wait(10))
    assert mailbox.close(0.05) is False
    leave.set()
