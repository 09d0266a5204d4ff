// A VARIANT walked through by other modules: a value, its kind, and its parts.

extension VariantCell {
    /// Whether the value is JSON's null.
    package var isNull: Bool { start[root] == VariantFormat.header(VariantFormat.null) }

    /// A value within a cell.
    package struct Part {
        fileprivate let cell: VariantCell
        fileprivate let node: Node
        fileprivate let depth: Int
        /// What the value is.
        package var kind: VariantKind { node.kind }
        /// Where it begins.
        package let place: Int
    }

    /// The whole value.
    package var rootValue: Part {
        get throws(VariantError) { Part(cell: self, node: try node(root), depth: 0, place: root) }
    }
}

extension VariantCell.Part {
    /// How many digits a decimal has, and how many of them stand behind the point.
    package func decimalDigits() throws(VariantError) -> (digits: Int, scale: Int) {
        let (unscaled, scale) = try cell.decimal(node)
        var digits = 1
        var rest = unscaled.magnitude
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return (digits, scale)
    }

    /// Writes the value as a VARIANT of its own, with all names of the one that it is in.
    package func write(into out: inout BytesBuilder) throws(VariantError) {
        let length = cell.root + node.end - place
        guard out.byteCount + length <= Int(UInt32.max) else { throw .batchTooLarge }
        out.reserve(length)
        out.write(cell.start, count: cell.root)
        out.write(cell.start + place, count: node.end - place)
        out.endValue()
    }

    /// Calls `body` with each element of an array or field of an object, and the name of a field; other values have no
    /// parts.
    package func each(
        _ body: (UnsafeBufferPointer<UInt8>, VariantCell.Part) throws(VariantError) -> Void
    ) throws(VariantError) {
        guard node.kind == .array || node.kind == .object else { return }
        guard depth < VariantFormat.maximumDepth else { throw .malformed }
        for index in 0..<node.count {
            let place = try cell.part(node, index)
            let name = node.kind == .object ? try cell.name(node, index) : UnsafeBufferPointer(start: nil, count: 0)
            try body(
                name, VariantCell.Part(cell: cell, node: try cell.node(place), depth: depth + 1, place: place))
        }
    }
}
