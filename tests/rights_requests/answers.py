"""What a refusal says."""

import httpx


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and the most telling code of a refusal."""
    told = answer.json()
    if "errors" in told:
        return answer.status_code, told["errors"][0]["code"]
    return answer.status_code, told.get("params", {}).get("reason_code", told["code"])
