"""Cuts real logs of Claude Code into pieces that can be put together to new sessions.

A piece is a prompt, or a step: what the model said and called in one message, and the results of its calls. It is kept as
the text of its lines, with slots such as ⟦uuid⟧ where a new session needs values of its own.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

LONGEST_LINE = 200_000
KEPT = {"user", "assistant", "system"}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
OWN = re.compile(r"toolu_[A-Za-z0-9]{6,}|msg_[A-Za-z0-9]{10,}|req_[A-Za-z0-9]{10,}")


@dataclass
class Step:
    lines: list  # text with slots
    pauses: list  # seconds before each line
    size: int


@dataclass
class Turn:
    prompt: Step
    steps: list = field(default_factory=list)


def turns(log: Path):
    """The turns of a log, without what sub-agents did and without calls that have no result."""
    found, step, before = [], [], None
    for record in records(log):
        if is_prompt(record):
            close(found, step)
            step, before = [], None
            found.append(Turn(cut([record])))
        elif found and record["type"] != "system":
            message = record["message"].get("id") if record["type"] == "assistant" else before
            if message != before and not open_calls(step):
                close(found, step)
                step = []
            before = message
            step.append(record)
    close(found, step)
    return [turn for turn in found if turn.steps]


def records(log):
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if len(line) > LONGEST_LINE:
            continue
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("type") in KEPT and not record.get("isSidechain"):
            if STAMP.fullmatch(record.get("timestamp") or "") and (record["type"] == "system" or "message" in record):
                yield record


def is_prompt(record):
    """Whether a person typed this; not what the tool wrote in their name."""
    if record["type"] != "user" or record.get("isMeta") or record.get("isCompactSummary"):
        return False
    content = record["message"]["content"]
    if isinstance(content, list):
        if any(block.get("type") != "text" for block in content):
            return False
        content = " ".join(block["text"] for block in content)
    return bool(content.strip()) and not content.startswith(("<", "[Request interrupted", "Caveat:", "This session is"))


def blocks(record, kind):
    content = record["message"]["content"]
    return [block for block in content if block.get("type") == kind] if isinstance(content, list) else []


def open_calls(step):
    called = {block["id"] for record in step for block in blocks(record, "tool_use")}
    return called - {block["tool_use_id"] for record in step for block in blocks(record, "tool_result")}


def close(found, step):
    """Adds the step to its turn if it is whole."""
    called = {block["id"] for record in step for block in blocks(record, "tool_use")}
    answered = {block["tool_use_id"] for record in step for block in blocks(record, "tool_result")}
    if found and step and step[0]["type"] == "assistant" and called == answered:
        found[-1].steps.append(cut(step))


def cut(step):
    """The records as text with slots."""
    own, lines, pauses, last = {}, [], [], None
    for record in step:
        record = dict(record)
        stamp = datetime.fromisoformat(record["timestamp"].replace("Z", "+00:00")).timestamp()
        pauses.append(min(max(stamp - last, 0.05), 300.0) if last else 1.0)
        last = stamp
        place = record.get("cwd")
        record |= {"uuid": "⟦uuid⟧", "parentUuid": "⟦parent⟧", "sessionId": "⟦session⟧", "timestamp": "⟦time⟧"}
        record |= {"cwd": "⟦cwd⟧", "gitBranch": "⟦branch⟧"}
        for name in ("slug", "leafUuid", "sourceToolAssistantUUID", "promptId", "agentId"):
            record.pop(name, None)
        if record["type"] == "assistant":
            record["message"] = record["message"] | {"model": "⟦model⟧"}
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        if place and len(place) > 5:
            text = text.replace(json.dumps(place, ensure_ascii=False)[1:-1], "⟦cwd⟧")
        lines.append(OWN.sub(lambda match: f"⟦own{own.setdefault(match.group(), len(own))}⟧", text))
    return Step(lines, pauses, sum(len(line.encode("utf-8", "replace")) for line in lines))
