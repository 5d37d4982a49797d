"""Renders chat templates with jinja2 as transformers does; the tests compare with what this writes.

    python3 bench/python/chat_templates.py fixtures/chat/templates fixtures/chat/conversations.json > fixtures/chat/renderings.json

Needs jinja2 (Debian: python3-jinja2). Each template is rendered over each conversation with and without a generation
prompt; a conversation that a template refuses has null in the place of its text.
"""

import json
import pathlib
import sys

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


class Generation(Extension):
    """{% generation %} blocks, as plain text: the tests of masks have their own numbers."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environment():
    def refuse(message):
        raise jinja2.exceptions.TemplateError(message)

    def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = to_json
    made.globals["raise_exception"] = refuse
    return made


def render(template, messages, prompt):
    try:
        return template.render(messages=messages, tools=None, documents=None, add_generation_prompt=prompt, **TOKENS)
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, AttributeError, KeyError):
        return None


def main(folder, conversations):
    made = environment()
    talks = json.loads(pathlib.Path(conversations).read_text(encoding="utf-8"))
    rows = []
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        template = made.from_string(path.read_bytes().decode("utf-8"))
        rows += [
            json.dumps({"template": path.stem, "conversation": talk["name"], "prompt": prompt,
                        "text": render(template, talk["messages"], prompt)}, ensure_ascii=True)
            for talk in talks for prompt in (False, True)]
    print("[\n" + ",\n".join(rows) + "\n]")


if __name__ == "__main__":
    main(*sys.argv[1:])
