// Joins of two streams from Kafka to Kafka, for the delivery tests to kill.

import Millrace

extension DeliveryQueries {
    /// The query of a shape that joins two streams; `nil` where there is none of the name. `JoinModel` of the delivery
    /// tests knows what each must give.
    func joinFrame() -> DataFrame? {
        switch shape {
        case "left-join":
            pairs(.left)
                .selectExpr(
                    "concat(id, ' ', \(Self.text("seen"))) AS key",
                    "concat_ws(' ', other, \(Self.text("clicked"))) AS value")
        case "join-window-distinct":
            pairs(.inner).groupBy("sensor", window("seen", "10 minutes", "5 minutes")).agg(count("*").as("n"))
                .dropDuplicates("window", "n")
                .selectExpr("concat(\(Self.text("window.start")), ' ', CAST(n AS STRING)) AS key", "'' AS value")
        case "ad-clicks": adClicks { messages($0 == "impressions" ? 0 : 1) }
        default: nil
        }
    }

    /// Readings of both topics of one sensor, the second one's at most half a minute younger.
    private func pairs(_ kind: JoinType) -> DataFrame {
        let left = readings(0).selectExpr("id", "sensor", "time AS seen").withWatermark("seen", "10 minutes")
        let right = readings(1).selectExpr("id AS other", "sensor AS place", "time AS clicked")
            .withWatermark("clicked", "10 minutes")
        return left.join(
            right, on: expr("sensor = place AND clicked BETWEEN seen AND seen + INTERVAL 30 SECONDS"), how: kind)
    }

    /// As `docs/event-time.md` has it.
    private func adClicks(_ messages: (_ topic: String) -> DataFrame) -> DataFrame {
        let impressions = messages("impressions")
            .selectExpr("from_json(CAST(value AS STRING), 'adId STRING, time TIMESTAMP') AS shown")
            .selectExpr("shown.adId AS impressionAdId", "shown.time AS impressionTime")
            .withWatermark("impressionTime", "2 hours")
        let clicks = messages("clicks")
            .selectExpr("from_json(CAST(value AS STRING), 'adId STRING, time TIMESTAMP') AS click")
            .selectExpr("click.adId AS clickAdId", "click.time AS clickTime")
            .withWatermark("clickTime", "3 hours")
        let isClickOfImpression = expr(
            """
            clickAdId = impressionAdId AND
            clickTime >= impressionTime AND clickTime <= impressionTime + INTERVAL 1 HOUR
            """)
        let adClicks = impressions.join(clicks, on: isClickOfImpression, how: .left)
            .selectExpr("impressionAdId AS key", "to_json(struct(impressionTime, clickTime)) AS value")
        return adClicks
    }
}
