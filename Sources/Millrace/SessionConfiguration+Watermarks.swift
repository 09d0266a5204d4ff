// Whether what a session says of watermarks makes sense together.

import LogicalPlan
import QueryRuntime

extension SessionConfiguration {
    /// Refuses settings of watermarks that would do nothing, for a query that has one.
    func checkWatermarkSettings(of plan: ResolvedPlan) throws(MillraceError) {
        guard let timeout = watermarkIdleTimeout, plan.hasWatermark else { return }
        guard timeout >= .milliseconds(1) else {
            throw MillraceError(
                code: "INVALID_CONF_VALUE",
                message: "millrace.watermark.idleTimeout (watermarkIdleTimeout) is less than a millisecond: each "
                    + "partition would be idle between two of its own rows",
                hint: "it takes an interval such as '5 minutes', or none", kind: .query)
        }
        guard watermarkPerPartition else {
            throw MillraceError(
                code: "INVALID_CONF_VALUE",
                message: "millrace.watermark.idleTimeout (watermarkIdleTimeout) is set, and watermarks don't go by "
                    + "partitions: no partition is waited for",
                hint: "SET millrace.watermark.perPartition = true (watermarkPerPartition), or leave the timeout out",
                kind: .query)
        }
    }
}
