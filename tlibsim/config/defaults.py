"""The configurations that the program carries: the bed of scenario files and the demo switch."""

SCENARIO_BED = """\
server: SIPServer1
switch: SIP_Switch1
profile: sip-server
dns:
  "7001": {type: DN, place: P1}
  "7002": {type: DN, place: P2}
  "7003": {type: DN, place: P3}
  "7004": {type: DN, place: P4, note: supervisor}
  "8000": {type: Queue}
  "5000": {type: RouteDN}
  "9100": {type: trunk-group}
  "trunk-in": {type: Trunk, prefix: ""}
  "trunk-out": {type: Trunk, prefix: "9"}
  "msml1": {type: voip-service, service-type: msml}
agents: {"1001": {}, "1002": {}, "1003": {}, "1004": {}}
external: {caller: "15550001", dialled: "8005551000"}
clients:
  desk1: [7001]
  desk2: [7002]
  desk3: [7003]
  super: [7004, 7001]
  router: [5000, 8000]
  rec: [7001, 7002, 7003]
  mon: []
options:
  msml-support: true
  msml-record-support: true
  recording-filename: "$UUID$_$AGENTDN$_$ANI$_$DNIS$_$DATE$_$TIME$"
  emit-hook-events: false
  emit-cause: false
  user-data-limit: 0
"""

DEMO = """\
server: Acme
switch: Acme_Switch
dns:
  "7001": {type: DN, place: Desk 1, record: true}
  "7002": {type: DN, place: Desk 2}
  "7003": {type: DN, place: Desk 3}
  "8001": {type: Queue, note: sales}
  "5001": {type: RouteDN, note: main number}
  "trunk-in": {type: Trunk, prefix: ""}
  "trunk-out": {type: Trunk, prefix: "9"}
  "msml1": {type: voip-service, service-type: msml}
agents:
  "1001": {name: alice, dn: "7001", state: ready, queues: ["8001"]}
  "1002": {name: bob, dn: "7002", state: ready, queues: ["8001"]}
  "1003": {name: carol, dn: "7003", state: notready, queues: ["8001"]}
external: {caller: "4155550100", dialled: "8001"}
routing:
  rules:
    - name: gold customers have an agent of their own
      point: "5001"
      user-data: {Segment: gold}
      attach: {RoutedBy: gold}
      to: [{agent: "1001"}, "8001"]
    - name: the others wait a moment, and are recorded where they are taken
      point: "5001"
      treatment: {kind: music, seconds: 2}
      to: "8001"
      extensions: {record: destination}
options:
  msml-support: true
  msml-record-support: true
  recording-filename: "$UUID$_$AGENTDN$_$ANI$_$DNIS$_$DATE$_$TIME$"
recordings:
  directory: tlibsim-demo/recordings
http: {port: 7080}
"""
