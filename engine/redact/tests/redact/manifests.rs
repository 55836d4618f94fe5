//! Kubernetes' secrets: every value, whatever it looks like, and nothing else.

use crate::{event, redact_event, redact_text};
use opensession_hail::{Block, EventType};
use serde_json::{Value, json};

/// Returns what is left of a text, every mark of a value as `*`.
fn redact(text: &str) -> String {
    let (redacted, counts) = redact_text(text);
    let mut parts = redacted.split("[redacted:kubernetes-secret:");
    let first = parts.next().unwrap_or_default().to_owned();
    let left = parts.fold(first, |left, part| left + "*" + part.split_at(5).1);
    assert_eq!(left.matches('*').count() as u64, counts.values().sum::<u64>(), "{redacted}");
    left
}

const MANIFEST: &str = "\
apiVersion: v1
kind: Secret
metadata:
  name: db
  labels:
    data: green
type: Opaque
data:
  login: YWRtaW4=
  tls.key: |
    LS0tLS1CRUdJTiBSU0E

  folded: >-
    aGVsbG8gd29ybGQ
  # a note: of mine
  empty:
stringData:
  note: green apples # mine
  \"quoted\": 'battery staple'
  template: ${NOTE}
immutable: true
---
kind: ConfigMap
data:
  colour: blue
";

#[test]
fn the_values_of_a_manifest_are_masked_and_their_names_stay() {
    insta::assert_snapshot!(redact(MANIFEST), @r#"
    apiVersion: v1
    kind: Secret
    metadata:
      name: db
      labels:
        data: green
    type: Opaque
    data:
      login: *
      tls.key: |
        *

      folded: >-
        *
      # a note: of mine
      empty:
    stringData:
      note: * # mine
      "quoted": '*'
      template: ${NOTE}
    immutable: true
    ---
    kind: ConfigMap
    data:
      colour: blue
    "#);
    let key = "kind: Secret\ndata:\n  key: |\n    LS0tLS1C\n    gUFJJVkF\n  next: a\n";
    assert_eq!(redact(key), "kind: Secret\ndata:\n  key: |\n    *\n \n  next: *\n");
    // As a tool shows a file, in a diff, in a string, and in a list.
    let numbered = |text: &str| {
        let line = |(number, line)| format!("{:>6}→{line}\n", number + 1);
        text.lines().enumerate().map(line).collect::<String>()
    };
    assert_eq!(redact(&numbered(MANIFEST)), numbered(&redact(MANIFEST)));
    let listed = |sign: &str, text: &str| {
        text.lines().map(|line| format!("{sign}{line}\n")).collect::<String>()
    };
    for sign in ["+", "-", " ", "    "] {
        assert_eq!(redact(&listed(sign, MANIFEST)), listed(sign, &redact(MANIFEST)));
    }
    let written = json!({ "output": MANIFEST, "next": "a: b" });
    let left: Value = serde_json::from_str(&redact(&written.to_string())).expect("JSON");
    assert_eq!(left, json!({ "output": redact(MANIFEST), "next": "a: b" }));
}

#[test]
fn what_kubectl_prints_has_the_values_first_and_once_more_in_a_note() {
    let note = json!({"apiVersion": "v1", "data": {"login": "YWRtaW4="}, "kind": "Secret"});
    let list = format!(
        "\
apiVersion: v1
items:
- apiVersion: v1
  data:
    colour: blue
  kind: ConfigMap
- apiVersion: v1
  data:
    login: YWRtaW4=
    other: Z3JlZW4=
  immutable: false
  kind: Secret
  metadata:
    annotations:
      last-applied: |
        {note}
    name: db
  type: Opaque
- kind: Pod
  data:
    colour: green
kind: List
"
    );
    insta::assert_snapshot!(redact(&list), @r#"
    apiVersion: v1
    items:
    - apiVersion: v1
      data:
        colour: blue
      kind: ConfigMap
    - apiVersion: v1
      data:
        login: *
        other: *
      immutable: false
      kind: Secret
      metadata:
        annotations:
          last-applied: |
            {"apiVersion":"v1","data":{"login":"*"},"kind":"Secret"}
        name: db
      type: Opaque
    - kind: Pod
      data:
        colour: green
    kind: List
    "#);
}

#[test]
fn a_manifest_in_json_is_masked_as_text_and_as_a_value() {
    let secret = |value: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "db", "labels": {"data": "green"}},
            "data": {"login": value, "note\u{e9}": null}, "stringData": {"a.b": value},
        })
    };
    let list = |value| {
        let config = json!({"kind": "ConfigMap", "data": {"colour": "blue"}});
        json!({"items": [config, secret(value), config, secret(value)], "kind": "List"})
    };
    let masked = |text: String| text.replace("green apples", "*");
    let (compact, pretty) =
        (list("green apples").to_string(), format!("{:#}", list("green apples")));
    let inner = json!({ "output": pretty }).to_string();
    for text in [&compact, &pretty, &inner, &json!({ "body": inner }).to_string()] {
        assert_eq!(redact(text), masked(text.clone()));
    }
    let (line, counts) =
        redact_event(event(EventType::AgentMessage, vec![Block::json(list("green apples"))]));
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("kubernetes-secret".to_owned(), 4)]);
    let mark = redact_text("--from-literal=a='green apples'").0;
    let mark = mark.split('\'').nth(1).expect("a mark");
    assert_eq!(line.event.content.blocks, [Block::json(list(mark))]);
}

#[test]
fn every_map_of_a_manifest_is_read_whatever_the_order_of_its_members() {
    for text in [
        r#"{"kind":"Secret","data":{"a":"green","b":null},"stringData":{"c":"apples"},"type":"x"}"#,
        r#"{"stringData":{"c":"apples"},"metadata":{"a":[{}]},"data":{"a":"green"},"kind":"Secret"}"#,
        r#"{"data":{},"kind":"Secret","stringData":{"c":"apples","a":"green"}}"#,
        "stringData:\n  c: apples\nkind: Secret\ndata:\n  a: green\n",
    ] {
        let written = json!({ "output": text }).to_string();
        for text in [text, &written] {
            assert_eq!(redact(text), text.replace("green", "*").replace("apples", "*"));
        }
    }
}

#[test]
fn a_manifest_that_begins_with_its_values_is_found_in_the_line_of_an_event() {
    for text in ["data:\n  a: YQ==\nkind: Secret\n", "- data:\n    a: YQ==\n  kind: \"Secret\"\n"] {
        let blocks = vec![Block::text("\n"), Block::text(text), Block::json(json!(["\n", text]))];
        let (line, counts) = redact_event(event(EventType::AgentMessage, blocks));
        assert_eq!(counts.values().sum::<u64>(), 2, "{text}");
        assert!(!String::from_utf8_lossy(&line.bytes).contains("YQ"), "{text}");
    }
}

#[test]
fn literals_are_masked_unless_they_are_no_secrets() {
    let commands = "\
kubectl create secret generic db --from-literal=a=apples --from-literal='b=c d' --from-literal \"e=f\" --from-file=./x
kubectl create secret generic db --from-literal=a='b c' --from-literal=token=$TOKEN
kubectl create configmap colours --from-literal=a=green --from-literal=b=blue
";
    insta::assert_snapshot!(redact(commands), @r#"
    kubectl create secret generic db --from-literal=a=* --from-literal='b=*' --from-literal "e=*" --from-file=./x
    kubectl create secret generic db --from-literal=a='*' --from-literal=token=$TOKEN
    kubectl create configmap colours --from-literal=a=green --from-literal=b=blue
    "#);
}

#[test]
fn what_only_speaks_of_secrets_stays() {
    for text in [
        "kind: SecretStore\ndata:\n  login: YWRtaW4=\n",
        "kind: ExternalSecret\ndata:\n  login: YWRtaW4=\n",
        "The kind: Secret is for values.\ndata:\n  login: none\n",
        "kind: Secret\n---\ndata:\n  login: none\n",
        "{\"kind\":\"Secret\",\"spec\":{\"data\":{\"login\":\"none\"}}}",
        "kind: Secret\ndata:\n  login: ENC[AES256_GCM,data:x]\n  other: {{ .Values.x }}\n",
    ] {
        assert_eq!(redact_text(text).0, text);
    }
}

#[test]
fn a_manifest_of_very_many_values_is_masked_at_once_and_a_hostile_text_takes_no_longer_than_it_is_long()
 {
    let many: String = (0..20_000).map(|n| format!("  name{n}: dmFsdWU{n}\n")).collect();
    let (redacted, counts) = redact_text(&format!("kind: Secret\ndata:\n{many}type: Opaque\n"));
    assert!(!redacted.contains("dmFsdWU") && redacted.ends_with("\ntype: Opaque\n"));
    assert_eq!(counts.values().sum::<u64>(), 1);
    assert_eq!(redacted.matches('\n').count(), 20_003);
    for text in
        ["kind: Secret\n", "kind: Secret ", "{\"kind\":\"Secret\",\"a\":", "- kind: \"Secret\"\n"]
    {
        let hostile = text.repeat(40_000);
        assert_eq!(redact_text(&hostile).0, hostile);
    }
}

#[test]
fn a_manifest_is_found_where_its_kind_begins_a_text() {
    let text = "kind: Secret\nstringData:\n  login: green apples\n";
    let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::text(text)]));
    let left = line.event.content.blocks[0].as_text().unwrap().to_owned();
    assert!(
        left.starts_with("kind: Secret\nstringData:\n  login: [redacted:kubernetes-secret:"),
        "{left}"
    );
}
