"""Asking Google's client libraries: an answer, or why there is none."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import requests
from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, RetryError, Unauthorized
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage.retry import DEFAULT_RETRY

from dropcast_local.checkup.facts import Absent, Missing, NoAnswer, Unknown

LONGEST = 20  # seconds for an answer
ONCE = {"timeout": LONGEST, "retry": None}  # what does not answer is a finding, not a reason to wait
PATIENCE = {"timeout": LONGEST, "retry": DEFAULT_RETRY.with_timeout(LONGEST)}
DISABLED = "SERVICE_DISABLED"  # the reason that Google gives where an API is not enabled

Question = ParamSpec("Question")
Answer = TypeVar("Answer")


def asked(
    ask: Callable[Question, Answer], *arguments: Question.args, **options: Question.kwargs
) -> Answer | Absent:
    """Ask, and turn what the client library raises into what it means."""
    try:
        return ask(*arguments, **options)
    except NotFound:
        return Missing()
    except (Forbidden, Unauthorized) as error:
        reason = _in_a_line(error.message)
        return NoAnswer(reason) if error.reason == DISABLED else Unknown(f"you may not ask: {reason}")
    except (GoogleAPICallError, RetryError) as error:
        return NoAnswer(_in_a_line(error.message))
    except (requests.RequestException, GoogleAuthError) as error:
        return NoAnswer(_in_a_line(str(error)))


def _in_a_line(text: object) -> str:
    return " ".join(str(text).split())
