"""The service google.pubsub.v1.Publisher.

The client library ships no servicer stubs: methods are registered by name with the protobuf classes.
"""

import grpc
import grpc.aio
from google.protobuf.message import Message

from dropcast_local.pubsub import messages
from dropcast_local.pubsub.broker import Broker
from dropcast_local.pubsub.grpc_methods import page_of, unary


class Publisher:
    """Answers for the topics of one broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def handler(self) -> grpc.GenericRpcHandler:
        """The methods under their names on the wire."""
        return grpc.method_handlers_generic_handler(
            "google.pubsub.v1.Publisher",
            {
                "CreateTopic": unary(messages.Topic, self._create_topic),
                "GetTopic": unary(messages.GetTopicRequest, self._get_topic),
                "DeleteTopic": unary(messages.DeleteTopicRequest, self._delete_topic),
                "ListTopics": unary(messages.ListTopicsRequest, self._list_topics),
                "ListTopicSubscriptions": unary(
                    messages.ListTopicSubscriptionsRequest, self._list_subscriptions
                ),
                "Publish": unary(messages.PublishRequest, self._publish),
            },
        )

    async def _create_topic(self, topic: Message, _: grpc.aio.ServicerContext) -> Message:
        return self._broker.create_topic(topic)

    async def _get_topic(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        return self._broker.topic(request.topic)

    async def _delete_topic(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        self._broker.delete_topic(request.topic)
        return messages.Empty()

    async def _list_topics(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        by_name = {topic.name: topic for topic in self._broker.topics(request.project)}
        names, next_page = page_of(by_name, request)
        topics = [by_name[name] for name in names]
        return messages.ListTopicsResponse(topics=topics, next_page_token=next_page)

    async def _list_subscriptions(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        self._broker.topic(request.topic)
        every = [subscription.name for subscription in self._broker.subscriptions_of(request.topic)]
        names, next_page = page_of(every, request)
        return messages.ListTopicSubscriptionsResponse(subscriptions=names, next_page_token=next_page)

    async def _publish(self, request: Message, _: grpc.aio.ServicerContext) -> Message:
        return messages.PublishResponse(message_ids=self._broker.publish(request.topic, request.messages))
