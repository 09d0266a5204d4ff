// The way to a value within a VARIANT: `$.a[0]['b']`.

/// Steps from a VARIANT's root.
package struct VariantPath: Sendable, Hashable {
    /// One step.
    package enum Step: Sendable, Hashable {
        /// The field of an object with this name.
        case field([UInt8])
        /// The element of an array, from 0.
        case element(Int)
    }

    /// The steps in order; none lead to the root.
    package let steps: [Step]

    /// A path of these steps.
    package init(_ steps: [Step]) { self.steps = steps }

    /// Reads a path; `nil` where the text is none. It begins with `$`, and goes on with `.name`, `[0]`, `['name']` or
    /// `["name"]`.
    package init?(_ text: some Collection<UInt8>) {
        var rest = Array(text)[...]
        var steps: [Step] = []
        guard rest.popFirst() == UInt8(ascii: "$") else { return nil }
        while let first = rest.popFirst() {
            if first == UInt8(ascii: ".") {
                let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
                guard !name.isEmpty else { return nil }
                steps.append(.field(Array(name)))
                rest = rest.dropFirst(name.count)
                continue
            }
            guard first == UInt8(ascii: "["), let next = rest.first else { return nil }
            if next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") {
                let name = rest.dropFirst().prefix { $0 != next && $0 != UInt8(ascii: "?") }
                rest = rest.dropFirst(name.count + 1)
                guard !name.isEmpty, rest.popFirst() == next, rest.popFirst() == UInt8(ascii: "]") else { return nil }
                steps.append(.field(Array(name)))
            } else {
                let digits = rest.prefix { $0 &- 48 <= 9 }
                rest = rest.dropFirst(digits.count)
                guard let index = Int32(String(decoding: digits, as: UTF8.self)), rest.popFirst() == UInt8(ascii: "]")
                else { return nil }
                steps.append(.element(Int(index)))
            }
        }
        self.steps = steps
    }

    /// Where the way leads in a cell; 0 where nothing is.
    func place(in cell: VariantCell) throws(VariantError) -> Int { try place(in: cell, from: cell.root) }

    /// Where the way leads from a value in a cell; 0 where nothing is.
    func place(in cell: VariantCell, from start: Int) throws(VariantError) -> Int {
        var place = start
        for step in steps {
            let node = try cell.node(place)
            switch step {
            case .field(let name):
                guard node.kind == .object else { return 0 }
                place = try Self.field(cell, node, name)
            case .element(let index):
                guard node.kind == .array, index < node.count else { return 0 }
                place = try cell.part(node, index)
            }
            if place == 0 { return 0 }
        }
        return place
    }

    @inline(__always)
    private static func field(
        _ cell: VariantCell, _ node: VariantCell.Node, _ name: [UInt8]
    ) throws(VariantError) -> Int {
        do {
            return try name.withUnsafeBufferPointer { try cell.field(node, $0) }
        } catch let error as VariantError {
            throw error
        } catch {
            throw .malformed
        }
    }
}
