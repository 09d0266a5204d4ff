// What must hold of every column, checked in tests.

extension ColumnVector {
    /// What is wrong with this column's layout, as sentences; empty where nothing is. Reads every row: for tests.
    package func brokenInvariants(_ path: String = "column") -> [String] {
        var broken: [String] = []
        let path = "\(path): \(type)"
        if let constant { return constant.brokenInvariants("\(path), constant") }
        if let bits = validityBits {
            let nulls = count - Bitmap.countOnes(bits, count: count)
            if nulls != nullCount { broken.append("\(path): \(nulls) bits are unset, nullCount is \(nullCount)") }
            if nullCount == 0 { broken.append("\(path): has validity bits without NULLs") }
        } else if nullCount != 0 {
            broken.append("\(path): nullCount is \(nullCount) without validity bits")
        }
        switch type.layout {
        case .bits:
            for row in 0..<count where isNull(row) && Bitmap.get(bits, row) {
                broken.append("\(path): NULL row \(row) has a set bit")
            }
        case .bytes:
            broken += brokenRuns(path, limit: bytes?.capacity ?? 0)
        case .list:
            broken += brokenRuns(path, limit: children.map(\.count).min() ?? 0)
            if children.contains(where: { $0.count != children[0].count }) {
                broken.append("\(path): keys and values differ in number")
            }
        case .structure:
            if type.childTypes.count != children.count { broken.append("\(path): \(children.count) children") }
            if children.contains(where: { $0.count != count }) { broken.append("\(path): a child has another length") }
        case .none:
            if nullCount != count { broken.append("\(path): nullCount is \(nullCount) of \(count)") }
        case .fixed8, .fixed16, .fixed32, .fixed64, .fixed128:
            broken += brokenSlots(path)
        }
        for (index, child) in children.enumerated() { broken += child.brokenInvariants("\(path)/\(index)") }
        return broken
    }

    private func brokenRuns(_ path: String, limit: Int) -> [String] {
        var broken: [String] = []
        for row in 0..<count {
            let (start, end) = (starts[row], ends[row])
            if start > end { broken.append("\(path): row \(row) starts at \(start) and ends at \(end)") }
            if Int(end) > limit { broken.append("\(path): row \(row) ends at \(end), beyond \(limit)") }
            if isNull(row) && start != end { broken.append("\(path): NULL row \(row) is not empty") }
        }
        return broken
    }

    private func brokenSlots(_ path: String) -> [String] {
        guard let width = type.fixedWidth, let values else { return ["\(path): has no slots"] }
        if width * count > values.capacity { return ["\(path): \(count) slots exceed the buffer"] }
        var broken: [String] = []
        let bytes = slots(as: UInt8.self)
        for row in 0..<count where isNull(row) {
            if (0..<width).contains(where: { bytes[row * width + $0] != 0 }) {
                broken.append("\(path): NULL row \(row) has a slot that is not zero")
            }
        }
        return broken
    }
}
