"""What the reference page says of the built-in router, key by key."""

from collections.abc import Mapping

ROUTING = """\
Calls that reach a routing point are routed by these rules, so that no second program is needed.
The router does what a routing client would do by RequestUpdateUserData, RequestApplyTreatment and
RequestRouteCall, so clients on the routing point see the same events; it answers no request, so
its events carry no ReferenceID.

```yaml
routing:
  when: unclaimed
  rules:
    - name: gold customers
      point: "5001"
      user-data: {Segment: [gold, platinum]}
      time: 08:00-18:00
      days: mon-fri
      attach: {RoutedBy: gold customers}
      to: [{agent: "1001"}, "8001"]
      extensions: {record: source}
    - name: one call in ten
      dnis: "800*"
      to: [{dn: "7003", percent: 10}, "8001"]
    - name: unwanted
      ani: "1900*"
      reject: true
    - name: at night
      time: 18:00-08:00
      treatment: {kind: announcement, seconds: 4}
      to: "7003"
  default: "8001"
```

`when` says which calls are the router's: with `unclaimed` (the default) those at a routing point
where no client is registered that may route; a client that registered with ModeMonitor only looks
on. With `always` a second router finds the call gone. With `never` all is left to clients.

`rules` are tried from the top, and the first one whose conditions all hold decides. Its targets
are tried in turn: first the one that `percent` draws, then the others in the order in which they
stand. A target is passed over when it is not as its `when` demands, and when the switch refuses
the route: busy, out of service, queue full, or, with `divert-on-ringing: false`, not answered. If
no target can be had, and if no rule fits, `default` is tried in the same way. What is left after
that waits for `router-timeout` and takes `default-dn`, as without a router.

Patterns are those of file names (`*`, `?`, `[1-4]`); a prefix is `415*`. `tlibsim config check`
tells of a rule whose routing point, agent or target is not configured, with its line.
"""

OF_A_RULE: Mapping[str, str] = {
    "name": "for people, and for the journal",
    "point": "patterns of the routing point",
    "dnis": "patterns of the number that was dialed",
    "ani": "patterns of the caller's number",
    "user_data": "by key, a pattern or several of the value; an empty value: the key is there",
    "without": "keys that must not be in the user data",
    "time": "local times of day like `08:00-18:00`; `22:00-06:00` goes over midnight",
    "days": "days like `mon` or `mon-fri`, in local time",
    "treatment": "what the caller hears before, one or several in turn",
    "attach": "user data to set before; a key that is there gets the new value",
    "to": "a target or a list of targets",
    "reject": "release the call instead",
    "extensions": "Extensions of the route, as `record`, `id`, `dest`, `NO_ANSWER_TIMEOUT`",
    "reasons": "Reasons of the route",
}

OF_A_TARGET: Mapping[str, str] = {
    "dn": "an extension, a queue, another routing point, or a number that a trunk takes",
    "agent": "instead of `dn`: the DN where the agent with this login is",
    "percent": "the share of the calls that tries this target first",
    "when": (
        "what must hold: `any`, `logged-in`, `ready` (of a queue: somebody there is); "
        "empty: `ready` for an agent, else `any`"
    ),
    "location": "the site where `dn` is; empty: this one",
}

OF_A_TREATMENT: Mapping[str, str] = {
    "kind": "`music`, `ringback`, `silence`, `busy`, `fast-busy`, `announcement`",
    "seconds": "how long; less than `router-timeout`, which each treatment starts anew",
    "parameters": "TreatmentParameters",
}
