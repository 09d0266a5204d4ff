// The newest of many values.

/// Keeps the values that came last, up to a limit: one more takes the place of the oldest, and none is moved.
struct RecentValues<Value> {
    private let limit: Int
    private var values: [Value] = []
    /// Where the oldest one stands once there are as many as may be.
    private var oldest = 0

    init(limit: Int) { self.limit = max(0, limit) }

    /// All that are kept, the oldest first.
    var inOrder: [Value] { Array(values[oldest...] + values[..<oldest]) }

    /// The newest one.
    var last: Value? { oldest == 0 ? values.last : values[oldest - 1] }

    mutating func append(_ value: Value) {
        if values.count < limit { return values.append(value) }
        guard limit > 0 else { return }
        values[oldest] = value
        oldest = (oldest + 1) % limit
    }
}
