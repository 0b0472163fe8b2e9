"""Logs for tests, written by hand in the layouts of BEHAVIOUR.md 7 and CLIENT_USAGE.md."""

SERVER = """\
@09:41:00.5404 [0] 8.1.001.05 distribute_event: message EventRinging
\tAttributeThisDN\t'7001'
\tAttributeThisDNRole\t2
\tAttributeOtherDN\t'4155550100'
\tAttributeCallType\t2
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeCallUUID\t'00TLIBSIM0000000000000000000C001'
\tAttributeUserData\t[60] 00 02 00 00..
\t\t'segment'\t'gold'
\t\t'score'\t17
\t\t'inner'(list)
\t\t\t'a'\t'b'
\t\t'after'\t'list'
\tAttributeEventSequenceNumber\t0000000000057001
\tAttributeTimeinSecs\t1350000000
09:41:04.720 Trc 04541 RequestAnswerCall received from [66] (00000e85 Agent Desktop 10.0.0.7:49280)
message RequestAnswerCall
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
@09:41:04.7300 [BSYNC] Trace: Send to backup (SIPS_B) [20]:
message RequestAnswerCall
\tAttributeThisDN\t'7001'
@09:41:04.7304 [0] 8.1.001.05 distribute_event: message EventEstablished
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
"""

SDK = """\
2015-01-07 13:14:26,572 TEST DEBUG [THREAD : 25] - Sending message to TServer - tcp://10.0.0.1:1111
'RequestAttachUserData' ('30')
message attributes:
AttributeConnID [long] = 00890
AttributeReferenceID [int] = 88
AttributeThisDN [str] = "2214"
AttributeUserData [bstr] = KVList:
\t\t'ActivityID' [str] = "1-XXXXXX"
\t\t'count' [int] = 5
2015-01-07 13:20:31,665 TEST DEBUG [THREAD : S] - Proxy got message 'EventOnHook' ('87')
message attributes:
AttributeEventSequenceNumber [long] = 4899493
Time            = ComplexClass(TimeStamp):
\tAttributeTimeinuSecs [int] = 573000
\tAttributeTimeinSecs [int] = 1420644031
AttributeThisDN [str] = "2214"
. Processing with  state .StatePrimary proxy: proxy1
"""
