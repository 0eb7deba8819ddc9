"""One process of Node runs the cases of all tests: none sees what another has left, and no error is lost."""

import pytest

from tests.support.node import NODE, evaluate

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")

ERRORS = {
    "thrown": "throw new Error('thrown')",
    "in a timer": "setTimeout(() => { throw new Error('in a timer'); });"
    "return new Promise((done) => setTimeout(done, 1))",
    "rejected": "return Promise.reject(new Error('rejected'))",
    "unseen": "Promise.reject(new Error('unseen')); return 1",
    "in a listener": "const all = new EventTarget();"
    "all.addEventListener('x', () => { throw new Error('in a listener'); });"
    "all.dispatchEvent(new Event('x')); return 1",
    "is not defined": "return nothingOfThatName",
    "read only": "Object.freeze(location).hash = 'read only'; return 1",
}  # fmt: skip


def test_a_case_sees_nothing_of_another():
    left = "globalThis.left = 1; URL.left = 1; Camera.prototype.left = 1; clock.now = 7;"
    assert evaluate(f"{left} return left", page=True) == 1
    seen = "typeof left, URL.left ?? 0, Camera.prototype.left ?? 0"
    assert evaluate(f"return [{seen}, clock.now]", page=True) == ["undefined", 0, 0, 0]
    assert evaluate(f"return [{seen}, typeof clock]") == ["undefined", 0, 0, "undefined"]


def test_errors_are_reported_wherever_they_are_thrown():
    for word, code in ERRORS.items():
        with pytest.raises(AssertionError, match=word):
            evaluate(code, page=word == "read only")
    assert evaluate("return 2") == 2
