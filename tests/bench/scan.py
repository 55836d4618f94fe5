"""A plain scan of HAIL: which sessions a search must find, worked out without any index.

Written after docs/search.md, apart from the program: which texts of an event can be found, how they are cut into words,
and when a term occurs in them.
"""

import json
import re
import unicodedata

OUTPUT, FAILURE, INJECTED, WRITTEN = (512, 256), (2048, 2048), (4096, 1024), (65_536, 4096)
WHOLE = (1 << 60, 0)
LONGEST_WORD = 64
SINGLE = re.compile(
    "[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
SPACE = re.compile(r"\s")
NAMED = {
    "ToolCall": "name",
    "FileRead": "path",
    "CodeSearch": "query",
    "FileSearch": "pattern",
    "FileEdit": "path",
    "FileCreate": "path",
    "FileDelete": "path",
    "ShellCommand": "command",
    "ImageGenerate": "prompt",
    "VideoGenerate": "prompt",
    "AudioGenerate": "prompt",
    "WebSearch": "query",
    "WebFetch": "url",
    "TaskStart": "title",
    "TaskEnd": "summary",
}


def words(text):
    """The words of a text in lower case: runs of letters and digits, and each character of Chinese, Japanese, Korean."""
    found, run = [], []
    for sign in text:
        if not is_letter(sign) or SINGLE.match(sign):
            if run:
                found.append("".join(run))
                run = []
            if is_letter(sign):
                found.append(sign)
        else:
            run.append(sign)
    if run:
        found.append("".join(run))
    return [lower(cut_word(word)) for word in found]


def is_letter(sign):
    if sign.isascii():
        return sign.isalnum()
    return unicodedata.category(sign)[0] in "LN" or unicodedata.category(sign) in ("Mc", "Mn") and is_vowel(sign)


def is_vowel(sign):
    """Signs of vowels are letters, accents are not: roughly the property Alphabetic of Unicode."""
    return "VOWEL SIGN" in unicodedata.name(sign, "")


def cut_word(word):
    return word.encode()[:LONGEST_WORD].decode(errors="ignore")


def lower(word):
    return "".join(sign.lower() for sign in word)


def ends(text, most):
    """The text, or its beginning and its end where it is long, cut between words where there is a gap."""
    data = text.encode()
    head, tail = most
    if len(data) <= head + tail:
        return [text] if text else []
    first = data[:head].decode(errors="ignore")
    gaps = [gap.start() for gap in SPACE.finditer(first)]
    last = data[len(data) - tail :]
    while last and last[0] & 0xC0 == 0x80:
        last = last[1:]
    last = last.decode()
    gap = SPACE.search(last)
    return [first[: gaps[-1]] if gaps else first, last[gap.start() :] if gap else last]


def text_of(block):
    """What a person can read in a block."""
    for name in ("text", "code", "content"):
        if isinstance(block.get(name), str):
            return block[name]
    return ""


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)


def changed(diff):
    """The lines of a diff that were added or removed, without their signs."""
    found, left, hunks = [], None, False
    lines = [line.removesuffix("\r") for line in diff.removesuffix("\n").split("\n")]
    for line in lines:
        sign = line[:1]
        if left and sign in ("+", "-", " ", "", "\\") and fits(left, sign):
            if sign in "+-" and sign:
                found.append(line[1:])
            continue
        match = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        left = [int(match[2] or 1), int(match[4] or 1)] if match else None
        hunks = hunks or bool(match)
    if not hunks:
        kept = (line for line in lines if not line.startswith(("@@", "+++ ", "--- ")))
        found = [line[1:] for line in kept if line[:1] in ("+", "-") and line]
    return "\n".join(found)


def fits(left, sign):
    """Counts a line of a hunk down; `False` where it has all its lines already."""
    if sign == "\\":
        return True
    for place, signs in ((0, ("-", " ", "")), (1, ("+", " ", ""))):
        if sign in signs:
            if left[place] == 0:
                return False
    for place, signs in ((0, ("-", " ", "")), (1, ("+", " ", ""))):
        left[place] -= sign in signs
    return True


def texts(event):
    """The texts by which an event can be found, with who wrote them."""
    kind, data = event["event_type"]["type"], event["event_type"].get("data") or {}
    blocks = event["content"]["blocks"]
    if kind == "UserMessage":
        for block in blocks:
            if block.get("type") == "File":
                yield "user", block["path"]
                yield from (("user", text) for text in ends(block.get("content") or "", INJECTED))
            else:
                yield "user", text_of(block)
    elif kind in ("AgentMessage", "Thinking"):
        yield from (("assistant", text_of(block)) for block in blocks)
    elif kind != "Custom":
        named = data.get(NAMED.get(kind, ""))
        for text in [named] if isinstance(named, str) else []:
            yield from (("tool", part) for part in ends(text, WRITTEN))
        if kind == "FileEdit":
            yield "tool", changed(data.get("diff") or "")
        elif kind == "ToolCall":
            for block in blocks:
                said = strings(block["data"]) if block.get("type") == "Json" else [text_of(block)]
                for text in said:
                    yield from (("tool", part) for part in ends(text, INJECTED))
        else:
            most = OUTPUT
            if kind == "FileCreate":
                most = WRITTEN
            elif kind == "ToolResult" and data.get("is_error"):
                most = FAILURE
            elif kind in ("SystemMessage", "TaskStart", "TaskEnd"):
                most = INJECTED
            for block in blocks:
                yield from (("tool", part) for part in ends(text_of(block), most))


class Session:
    """The texts of a session, and as words between spaces, a line each."""

    def __init__(self, key, hail):
        self.key = key
        self.texts = []
        for line in hail.split("\n"):
            record = json.loads(line or "{}")
            if record.get("type") == "event":
                self.texts += [(role, text) for role, text in texts(record) if text]
        self.lines = {"user": "", "assistant": "", "tool": ""}
        folded = {role: [] for role in self.lines}
        for role, text in self.texts:
            folded[role].append(" " + " ".join(words(text)) + " ")
        self.lines = {role: "\n".join(lines) for role, lines in folded.items()}

    def has(self, term):
        wanted = words(term.text)
        if not wanted:
            return True
        phrase = " " + " ".join(wanted) + ("" if term.prefix else " ")
        roles = [term.role] if term.role else self.lines
        return any(phrase in self.lines[role] for role in roles) != term.negated
