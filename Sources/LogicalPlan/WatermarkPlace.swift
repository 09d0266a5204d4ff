// Which of a query's watermarks one is.

/// Where a watermark is written. Each place has one watermark, however often the query uses the view, the CTE or the
/// frame in which it stands, as in Spark: it follows the use that is furthest ahead, so that one whose rows are mostly
/// excluded holds nothing up.
///
/// Plans that say the same are equal, wherever they are written.
package final class WatermarkPlace: Hashable, Sendable {
    package init() {}

    package static func == (left: WatermarkPlace, right: WatermarkPlace) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
