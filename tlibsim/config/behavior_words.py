"""What the reference page says of telephones and people outside that act by themselves."""

BEHAVIOR = """\
## Telephones that act by themselves

Without a scenario and without a client, a telephone does what its DN says, and somebody outside
does what the trunk says, or the number in `external.numbers`:

```yaml
dns:
  "7001": {answer-after: 2, talk-time: 30, wrap-up-time: 10}
  "7002": {reject: true, answer-after: 3}
  "7003": {no-answer: true, no-answer-timeout: 20, no-answer-overflow: "7001"}
  "trunk-in": {type: Trunk, prefix: "", talk-time: 60}
  "trunk-out": {type: Trunk, prefix: "9", answer-after: 4}
```

`answer-after` counts from the first ring, `talk-time` from the answer: a telephone hangs up when
it is the one that answered, somebody outside in any case. `reject` declines when it would have
answered, and the caller hears busy; `busy` does not even ring; `no-answer` lets calls ring.

All of it can be changed while calls go on. What was planned before is void, and calls that ring
or talk already act by the new behavior, counted from their first ring or their answer:

| from | how |
| --- | --- |
| the shell | `tlibsim dn 7002 answer-after 1s`, `talk-time never`, `reject on`, `restore` |
| the shell, for a number outside | `tlibsim dn trunk-out no-answer on --number "9415*"` |
| the control API | `POST /api/v1/dns/7002/behave` with `{"answer_after": 1}`, `null` for never; `restore` |
| a scenario | `{switch: set-behavior, dn: "7002", answer-after: 1}`, `number: "9415*"`; `restore-behavior` |
"""
