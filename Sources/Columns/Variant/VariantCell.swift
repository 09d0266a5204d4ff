// One VARIANT looked into. Its bytes may come from anywhere: nothing is read that was not checked to be there.

/// The bytes of one row, metadata and value. Holds a pointer into the column, which must outlive it.
///
/// Places are counted from the first byte of the metadata; 0 is no place of a value.
package struct VariantCell {
    let start: UnsafePointer<UInt8>
    let count: Int
    /// How many names the dictionary has.
    let keyCount: Int
    private let offsetWidth: Int
    private let keyBytes: Int
    /// Where the value begins.
    package let root: Int

    /// A header read: what a value is, and where its parts lie.
    struct Node {
        var kind: VariantKind
        /// Of a primitive value: its kind in the format. Of a short text: its length.
        var info: UInt8
        /// Where the content begins, behind the header.
        var content: Int
        /// The bytes of the content of a text or a binary; the number of parts of an array or object.
        var count = 0
        /// Where the numbers of an object's names begin, and their width.
        var ids = 0
        var idWidth = 0
        /// Where the offsets of parts begin, and their width; where the parts begin.
        var offsets = 0
        var offsetWidth = 0
        var parts = 0
        /// Behind the value.
        var end: Int
    }

    /// Reads the metadata's header.
    package init(_ run: UnsafeBufferPointer<UInt8>) throws(VariantError) {
        guard let start = run.baseAddress, run.count > 1, start[0] & 0x0F == VariantFormat.version else {
            throw .malformed
        }
        self.start = start
        count = run.count
        offsetWidth = Int(start[0] >> 6) + 1
        guard 1 + offsetWidth <= run.count else { throw .malformed }
        keyCount = Self.number(start + 1, offsetWidth)
        // Both are below 2^32, so nothing overflows.
        keyBytes = 1 + offsetWidth + (keyCount + 1) * offsetWidth
        guard keyBytes <= run.count else { throw .malformed }
        root = keyBytes + Self.number(start + (keyBytes - offsetWidth), offsetWidth)
        guard root < run.count else { throw .malformed }
        guard root <= VariantFormat.sizeLimit, run.count - root <= VariantFormat.sizeLimit else { throw .tooLarge }
    }

    /// An unsigned number of 1 to 4 bytes, least significant first.
    @inline(__always)
    static func number(_ place: UnsafePointer<UInt8>, _ width: Int) -> Int {
        var number = 0
        for index in 0..<width { number |= Int(place[index]) &<< (index &* 8) }
        return number
    }

    // MARK: Names

    /// The bytes of the name with a number in the dictionary.
    func key(_ id: Int) throws(VariantError) -> UnsafeBufferPointer<UInt8> {
        guard id < keyCount else { throw .malformed }
        let offsets = start + (1 + offsetWidth + id * offsetWidth)
        let first = keyBytes + Self.number(offsets, offsetWidth)
        let last = keyBytes + Self.number(offsets + offsetWidth, offsetWidth)
        guard first <= last, last <= root else { throw .malformed }
        return UnsafeBufferPointer(start: start + first, count: last - first)
    }

    // MARK: Values

    /// What the value at a place is; its content lies within the cell.
    func node(_ place: Int) throws(VariantError) -> Node {
        guard place >= root, place < count else { throw .malformed }
        let header = start[place]
        let info = header >> 2
        switch header & 3 {
        case VariantFormat.shortText:
            return try checked(
                Node(kind: .string, info: info, content: place + 1, count: Int(info), end: place + 1 + Int(info)))
        case VariantFormat.object: return try object(place, info)
        case VariantFormat.array: return try array(place, info)
        default: return try primitive(place, info)
        }
    }

    private func checked(_ node: Node) throws(VariantError) -> Node {
        guard node.end <= count else { throw .malformed }
        return node
    }

    private func primitive(_ place: Int, _ info: UInt8) throws(VariantError) -> Node {
        let content = place + 1
        func fixed(_ kind: VariantKind, _ width: Int) throws(VariantError) -> Node {
            try checked(Node(kind: kind, info: info, content: content, end: content + width))
        }
        func run(_ kind: VariantKind) throws(VariantError) -> Node {
            guard content + 4 <= count else { throw .malformed }
            let length = Self.number(start + content, 4)
            return try checked(
                Node(kind: kind, info: info, content: content + 4, count: length, end: content + 4 + length))
        }
        switch info {
        case VariantFormat.null: return try fixed(.null, 0)
        case VariantFormat.true, VariantFormat.false: return try fixed(.boolean, 0)
        case VariantFormat.int8: return try fixed(.long, 1)
        case VariantFormat.int16: return try fixed(.long, 2)
        case VariantFormat.int32: return try fixed(.long, 4)
        case VariantFormat.int64: return try fixed(.long, 8)
        case VariantFormat.double: return try fixed(.double, 8)
        case VariantFormat.decimal4: return try fixed(.decimal, 5)
        case VariantFormat.decimal8: return try fixed(.decimal, 9)
        case VariantFormat.decimal16: return try fixed(.decimal, 17)
        case VariantFormat.date: return try fixed(.date, 4)
        case VariantFormat.timestamp: return try fixed(.timestamp, 8)
        case VariantFormat.timestampNTZ: return try fixed(.timestampNTZ, 8)
        case VariantFormat.float: return try fixed(.float, 4)
        case VariantFormat.binary: return try run(.binary)
        case VariantFormat.longText: return try run(.string)
        case VariantFormat.uuid: return try fixed(.uuid, 16)
        default: throw .unknownKind(Int(info))
        }
    }

    private func object(_ place: Int, _ info: UInt8) throws(VariantError) -> Node {
        let sizeWidth = info & 0x10 != 0 ? 4 : 1
        let (offsetWidth, idWidth) = (Int(info & 3) + 1, Int(info >> 2 & 3) + 1)
        guard place + 1 + sizeWidth <= count else { throw .malformed }
        let size = Self.number(start + (place + 1), sizeWidth)
        let ids = place + 1 + sizeWidth
        return try container(
            Node(
                kind: .object, info: info, content: ids, count: size, ids: ids, idWidth: idWidth,
                offsets: ids + size * idWidth, offsetWidth: offsetWidth, end: 0))
    }

    private func array(_ place: Int, _ info: UInt8) throws(VariantError) -> Node {
        let sizeWidth = info & 4 != 0 ? 4 : 1
        guard place + 1 + sizeWidth <= count else { throw .malformed }
        let size = Self.number(start + (place + 1), sizeWidth)
        let offsets = place + 1 + sizeWidth
        return try container(
            Node(
                kind: .array, info: info, content: offsets, count: size, offsets: offsets,
                offsetWidth: Int(info & 3) + 1, end: 0))
    }

    private func container(_ header: Node) throws(VariantError) -> Node {
        var node = header
        node.parts = node.offsets + (node.count + 1) * node.offsetWidth
        guard node.parts <= count else { throw .malformed }
        node.end = node.parts + Self.number(start + (node.parts - node.offsetWidth), node.offsetWidth)
        return try checked(node)
    }

    // MARK: Parts

    /// Where a part of an array or object begins.
    @inline(__always)
    func part(_ node: Node, _ index: Int) throws(VariantError) -> Int {
        let place = node.parts + Self.number(start + (node.offsets + index * node.offsetWidth), node.offsetWidth)
        guard place < node.end else { throw .malformed }
        return place
    }

    /// The number of the name of an object's field.
    @inline(__always)
    func id(_ node: Node, _ index: Int) -> Int { Self.number(start + (node.ids + index * node.idWidth), node.idWidth) }

    /// The name of an object's field.
    @inline(__always)
    func name(_ node: Node, _ index: Int) throws(VariantError) -> UnsafeBufferPointer<UInt8> {
        try key(id(node, index))
    }

    /// Where the field with a name begins; 0 where an object has none. Fields lie in the order of their names.
    func field(_ node: Node, _ name: UnsafeBufferPointer<UInt8>) throws(VariantError) -> Int {
        // Few are found sooner one by one, as Spark finds them.
        if node.count < 32 {
            for index in 0..<node.count where VariantOrder.areEqual(try self.name(node, index), name) {
                return try part(node, index)
            }
            return 0
        }
        var (low, high) = (0, node.count)
        while low < high {
            let middle = (low + high) / 2
            let order = VariantOrder.order(try self.name(node, middle), name)
            if order == 0 { return try part(node, middle) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return 0
    }

    // MARK: Contents

    @inline(__always)
    private func load<T: FixedWidthInteger>(_ place: Int, _: T.Type) -> T {
        T(littleEndian: UnsafeRawPointer(start + place).loadUnaligned(as: T.self))
    }

    /// Whether a BOOLEAN is true.
    func boolean(_ node: Node) -> Bool { node.info == VariantFormat.true }

    /// An integer, the days of a DATE, or the microseconds of a time.
    func long(_ node: Node) -> Int64 {
        switch node.end - node.content {
        case 1: Int64(load(node.content, Int8.self))
        case 2: Int64(load(node.content, Int16.self))
        case 4: Int64(load(node.content, Int32.self))
        default: load(node.content, Int64.self)
        }
    }

    func double(_ node: Node) -> Double { Double(bitPattern: load(node.content, UInt64.self)) }

    func float(_ node: Node) -> Float { Float(bitPattern: load(node.content, UInt32.self)) }

    /// A decimal without the zeros at its end, none of them before the point.
    func decimal(_ node: Node) throws(VariantError) -> (unscaled: Int128, scale: Int) {
        var scale = Int(start[node.content])
        let digits: Int
        var unscaled: Int128
        switch node.info {
        case VariantFormat.decimal4: (unscaled, digits) = (Int128(load(node.content + 1, Int32.self)), 9)
        case VariantFormat.decimal8: (unscaled, digits) = (Int128(load(node.content + 1, Int64.self)), 18)
        default: (unscaled, digits) = (load(node.content + 1, Int128.self), 38)
        }
        guard scale <= digits, DecimalMath.fits(unscaled, precision: digits) else { throw .malformed }
        while scale > 0, unscaled % 10 == 0 {
            unscaled /= 10
            scale -= 1
        }
        return (unscaled, scale)
    }

    /// The bytes of a text, a binary or a UUID.
    func bytes(_ node: Node) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: start + node.content, count: node.end - node.content)
    }
}

/// How names of fields are ordered: as Java orders texts, by their units of UTF-16.
enum VariantOrder {
    @inline(__always)
    static func areEqual(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        a.count == b.count && Runs.order(a, b) == 0
    }

    /// Below 0, 0 or above it. Only characters beyond 16 bits, which begin with a byte from F0 on, and those of U+E000
    /// to U+FFFF, which begin with EE or EF, stand in another order than their bytes.
    static func order(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
        let common = min(a.count, b.count)
        var place = 0
        while place < common, a[place] == b[place] { place += 1 }
        guard place < common else { return a.count - b.count }
        let (x, y) = (a[place], b[place])
        if x >= 0xF0, y >= 0xEE, y < 0xF0 { return -1 }
        if y >= 0xF0, x >= 0xEE, x < 0xF0 { return 1 }
        return Int(x) - Int(y)
    }
}

/// Counts what is visited of a cell: no more values than the cell has bytes, and not deeper than is allowed. Damaged
/// bytes may have one part stand for many others, which would make a long walk of a short cell.
struct VariantWalk {
    private var left: Int
    private var depth = 0

    init(_ cell: VariantCell) { left = cell.count - cell.root }

    /// A value is visited.
    @inline(__always)
    mutating func visit() throws(VariantError) {
        left &-= 1
        guard left >= 0 else { throw .malformed }
    }

    /// Its parts are.
    @inline(__always)
    mutating func enter() throws(VariantError) {
        depth &+= 1
        guard depth <= VariantFormat.maximumDepth else { throw .malformed }
    }

    @inline(__always)
    mutating func leave() { depth &-= 1 }
}

extension VariantCell {
    /// Checks everything that may be read of the cell.
    package func validate() throws(VariantError) {
        for id in 0..<keyCount { _ = try key(id) }
        var walk = VariantWalk(self)
        try validate(root, &walk)
    }

    private func validate(_ place: Int, _ walk: inout VariantWalk) throws(VariantError) {
        try walk.visit()
        let node = try node(place)
        switch node.kind {
        case .decimal: _ = try decimal(node)
        case .array, .object:
            try walk.enter()
            for index in 0..<node.count {
                if node.kind == .object { _ = try name(node, index) }
                try validate(try part(node, index), &walk)
            }
            walk.leave()
        default: break
        }
    }
}
