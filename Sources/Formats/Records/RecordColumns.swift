// The tree of columns that records are read into.

import Columns

/// Owns the nodes of a schema. The first is the whole: a structure whose fields are the columns of rows, or a value.
struct RecordColumns: ~Copyable {
    /// How many rows there are of one kind: of records, or of the elements of one list.
    private struct Space {
        var count = 0
        var capacity: Int
    }

    let nodes: UnsafeMutablePointer<RecordNode>
    private let memory: UnsafeMutablePointer<RecordNodeMemory>
    private let nodeCount: Int
    private let spaces: UnsafeMutablePointer<Space>
    private let spaceCount: Int
    private let rowsAtFirst: Int

    /// Columns for `type`, and memory for so many rows at first. Of the fields of a structure those with a `hidden`
    /// index are found under no name.
    init(_ type: DataType, rows: Int, hidden: Set<Int> = []) {
        var types = [type]
        var next = 0
        // Breadth first, so that children stand one behind the other.
        while next < types.count {
            types += types[next].childTypes
            next += 1
        }
        (nodeCount, rowsAtFirst) = (types.count, rows)
        memory = .allocate(capacity: types.count)
        nodes = .allocate(capacity: types.count)
        for (index, type) in types.enumerated() { (memory + index).initialize(to: RecordNodeMemory(type)) }
        var spaces = [Space(capacity: rows)]
        var spaceOfNode = [0]
        for (index, type) in types.enumerated() {
            var node = RecordNode(memory + index, space: spaceOfNode[index], rows: rows)
            node.firstChild = spaceOfNode.count
            node.childCount = type.childTypes.count
            if type.layout == .list {
                node.elementSpace = spaces.count
                spaces.append(Space(capacity: rows))
            }
            let space = type.layout == .list ? node.elementSpace : node.space
            spaceOfNode += Array(repeating: space, count: node.childCount)
            if case .structure(let fields) = type {
                let names = fields.indices.map { index == 0 && hidden.contains($0) ? nil : fields[$0].name }
                let keys = UnsafeMutablePointer<JSONKeys>.allocate(capacity: 1)
                keys.initialize(to: JSONKeys(names))
                node.keys = keys
            }
            (nodes + index).initialize(to: node)
        }
        spaceCount = spaces.count
        self.spaces = .allocate(capacity: spaces.count)
        self.spaces.initialize(from: spaces, count: spaces.count)
    }

    deinit {
        for index in 0..<nodeCount {
            guard let keys = nodes[index].keys else { continue }
            keys.pointee.deallocate()
            keys.deallocate()
        }
        nodes.deallocate()
        memory.deinitialize(count: nodeCount).deallocate()
        spaces.deallocate()
    }

    // MARK: Rows

    /// How many rows a space has.
    @inline(__always)
    func count(_ space: Int) -> Int { spaces[space].count }

    /// One more row, empty; gives its number.
    @inline(__always)
    func addRow(_ space: Int) -> Int {
        let row = spaces[space].count
        if row == spaces[space].capacity { grow(space) }
        spaces[space].count = row &+ 1
        return row
    }

    /// Takes the last rows of a space back; they are empty.
    func removeRows(_ space: Int, from row: Int) { spaces[space].count = row }

    @inline(never)
    private func grow(_ space: Int) {
        let old = spaces[space].capacity
        spaces[space].capacity = old * 2
        for index in 0..<nodeCount where nodes[index].space == space { nodes[index].grow(rows: old, to: old * 2) }
    }

    /// Makes a row of a node and of all fields of structures below it NULL.
    func clear(_ node: Int, _ row: Int) {
        // A structure's fields may have values only where it is there itself.
        guard nodes[node].isValid(row) else { return }
        nodes[node].clear(row)
        if nodes[node].kind == .structure { clearFields(node, row) }
    }

    /// Makes a row of all fields of a structure NULL.
    func clearFields(_ node: Int, _ row: Int) {
        for child in 0..<nodes[node].childCount { clear(nodes[node].firstChild + child, row) }
    }

    /// Bytes of the largest column of strings; the engine's columns have at most 4 GiB.
    var largestByteCount: Int {
        var largest = 0
        for index in 0..<nodeCount { largest = max(largest, nodes[index].byteCount) }
        return largest
    }

    // MARK: The columns

    /// What was read since the last call.
    mutating func take() -> ColumnVector {
        let result = column(0)
        for space in 0..<spaceCount {
            spaces[space].count = 0
            // What one odd batch needed is not kept for all that follow.
            spaces[space].capacity = min(spaces[space].capacity, rowsAtFirst * 16)
        }
        for index in 0..<nodeCount { nodes[index].clear(rows: spaces[nodes[index].space].capacity) }
        return result
    }

    private func column(_ node: Int) -> ColumnVector {
        let first = nodes[node].firstChild
        let children = (0..<nodes[node].childCount).map { column(first + $0) }
        return memory[node].column(count: spaces[nodes[node].space].count, children: children)
    }
}
