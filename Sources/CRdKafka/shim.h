// librdkafka's public headers, as one module. Imported by KafkaClient alone.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
