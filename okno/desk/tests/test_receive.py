from okno.desk.actions import Body, reply
from okno.desk.models import Conversation, Delivery, Status
from okno.spine.models import Event


def test_a_letter_opens_a_conversation_and_an_answer_is_queued(world):
    message = world.letter()
    conversation = Conversation.objects.get()
    assert conversation.waiting_since is not None
    answer = world.do(reply, world.bob, conversation, Body("It is on its way."))
    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == (Status.PENDING, None)
    assert Delivery.objects.get().message == answer
    assert message.conversation_id == answer.conversation_id
    names = list(Event.objects.filter(subject_type="conversation").values_list("name", flat=True))
    assert names == [
        "conversation.opened",
        "message.received",
        "message.queued",
        "status.changed",
    ]
