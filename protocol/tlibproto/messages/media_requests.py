"""Requests about treatments, voice files and mailboxes."""

from tlibproto.messages import fields
from tlibproto.messages.base import Request, wire_message
from tlibproto.vocabulary import MessageId


@wire_message
class RequestGiveMusicTreatment(Request):
    """Play music to a call at a route point."""

    message_id = MessageId.RequestGiveMusicTreatment

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    music_path: fields.MusicPath = None
    extensions: fields.Extensions = None


@wire_message
class RequestGiveSilenceTreatment(Request):
    """Give silence to a call at a route point."""

    message_id = MessageId.RequestGiveSilenceTreatment

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestGiveRingBackTreatment(Request):
    """Play a ring-back tone to a call at a route point."""

    message_id = MessageId.RequestGiveRingBackTreatment

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestLoginMailBox(Request):
    """Log in to a mailbox."""

    message_id = MessageId.RequestLoginMailBox

    user_id: fields.UserID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    password: fields.Password = None


@wire_message
class RequestLogoutMailBox(Request):
    """Log out of a mailbox."""

    message_id = MessageId.RequestLogoutMailBox

    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestOpenVoiceFile(Request):
    """Open a voice file."""

    message_id = MessageId.RequestOpenVoiceFile

    voice_file_name: fields.VoiceFileName = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestCloseVoiceFile(Request):
    """Close a voice file."""

    message_id = MessageId.RequestCloseVoiceFile

    file_handle: fields.FileHandle = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestPlayVoiceFile(Request):
    """Play an open voice file to a call."""

    message_id = MessageId.RequestPlayVoiceFile

    voice_segment: fields.VoiceSegment = None
    conn_id: fields.ConnID = None
    file_handle: fields.FileHandle = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    voice_c_flag: fields.VoiceCFlag = None
    extensions: fields.Extensions = None
    voice_i_flag: fields.VoiceIFlag = None


@wire_message
class RequestCollectDigits(Request):
    """Collect digits from a call."""

    message_id = MessageId.RequestCollectDigits

    terminate_digits: fields.TerminateDigits = None
    conn_id: fields.ConnID = None
    number_of_digits: fields.NumberOfDigits = None
    timeout: fields.Timeout = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    voice_c_flag: fields.VoiceCFlag = None
    extensions: fields.Extensions = None


@wire_message
class RequestApplyTreatment(Request):
    """Give a treatment to a call at a route point."""

    message_id = MessageId.RequestApplyTreatment

    conn_id: fields.ConnID = None
    treatment_parameters: fields.TreatmentParameters = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    treatment_type: fields.TreatmentType = None
