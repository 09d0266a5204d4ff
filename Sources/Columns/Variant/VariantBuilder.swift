// Making VARIANTs, one after the other: values are appended, and arrays and objects closed behind their parts.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Builds one VARIANT at a time, byte for byte as Spark does. Its memory serves all rows of a batch.
package struct VariantBuilder: ~Copyable {
    private var value = Buffer(capacity: 1024)
    private var count = 0
    /// The bytes of all names, one after the other, and where each ends.
    private var names = Buffer(capacity: 256)
    private var nameEnds: [Int] = []
    /// For each name its hash; and the number of a name plus one in each slot that is taken.
    private var hashes: [UInt32] = []
    private var slots = [UInt32](repeating: 0, count: 32)
    /// The fields of all objects that are open, and the offsets of the parts of all arrays that are.
    private var fields: [Field] = []

    private struct Field {
        var id: Int
        var offset: Int
    }

    /// An array or an object that is open.
    package struct Container {
        fileprivate let start: Int
        fileprivate let firstField: Int
    }

    /// A builder of no VARIANT yet.
    package init() {}

    /// Begins the next VARIANT.
    package mutating func reset() {
        count = 0
        for hash in hashes { clear(hash) }
        hashes.removeAll(keepingCapacity: true)
        nameEnds.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
    }

    // MARK: Values without parts

    @inline(__always)
    private mutating func reserve(_ more: Int) throws(VariantError) {
        guard count + more > value.capacity else { return }
        guard count + more <= VariantFormat.sizeLimit else { throw .tooLarge }
        value = Buffer.grown(value, used: count, needed: count + more)
    }

    @inline(__always)
    private mutating func write(_ byte: UInt8) {
        value.pointer(as: UInt8.self)[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func write<T: FixedWidthInteger>(_ number: T) {
        (value.address + count).storeBytes(of: number.littleEndian, as: T.self)
        count &+= MemoryLayout<T>.size
    }

    private mutating func append<T: FixedWidthInteger>(_ kind: UInt8, _ number: T) throws(VariantError) {
        try reserve(17)
        write(VariantFormat.header(kind))
        write(number)
    }

    /// Appends JSON's null.
    package mutating func appendNull() throws(VariantError) {
        try reserve(1)
        write(VariantFormat.header(VariantFormat.null))
    }

    /// Appends a truth value.
    package mutating func append(_ flag: Bool) throws(VariantError) {
        try reserve(1)
        write(VariantFormat.header(flag ? VariantFormat.true : VariantFormat.false))
    }

    /// Appends an integer in the fewest bytes that hold it.
    package mutating func append(_ number: Int64) throws(VariantError) {
        if let number = Int8(exactly: number) { return try append(VariantFormat.int8, number) }
        if let number = Int16(exactly: number) { return try append(VariantFormat.int16, number) }
        if let number = Int32(exactly: number) { return try append(VariantFormat.int32, number) }
        try append(VariantFormat.int64, number)
    }

    /// Appends a DOUBLE.
    package mutating func append(_ number: Double) throws(VariantError) {
        // Java has one NaN.
        let bits = number.isNaN ? 0x7FF8_0000_0000_0000 : number.bitPattern
        try append(VariantFormat.double, bits)
    }

    /// Appends a FLOAT.
    package mutating func append(_ number: Float) throws(VariantError) {
        try append(VariantFormat.float, number.isNaN ? 0x7FC0_0000 : number.bitPattern)
    }

    /// Appends a decimal in the fewest bytes that hold it; it has at most 38 digits, before and behind the point.
    package mutating func append(unscaled: Int128, scale: Int) throws(VariantError) {
        try reserve(18)
        if scale <= 9, DecimalMath.fits(unscaled, precision: 9) {
            write(VariantFormat.header(VariantFormat.decimal4))
            write(UInt8(truncatingIfNeeded: scale))
            write(Int32(truncatingIfNeeded: unscaled))
        } else if scale <= 18, DecimalMath.fits(unscaled, precision: 18) {
            write(VariantFormat.header(VariantFormat.decimal8))
            write(UInt8(truncatingIfNeeded: scale))
            write(Int64(truncatingIfNeeded: unscaled))
        } else {
            write(VariantFormat.header(VariantFormat.decimal16))
            write(UInt8(truncatingIfNeeded: scale))
            write(unscaled)
        }
    }

    /// Appends a DATE.
    package mutating func append(days: Int32) throws(VariantError) { try append(VariantFormat.date, days) }

    /// Appends a TIMESTAMP in microseconds.
    package mutating func append(timestamp: Int64) throws(VariantError) {
        try append(VariantFormat.timestamp, timestamp)
    }

    /// Appends a TIMESTAMP_NTZ in microseconds.
    package mutating func append(timestampNTZ: Int64) throws(VariantError) {
        try append(VariantFormat.timestampNTZ, timestampNTZ)
    }

    /// Appends a text.
    package mutating func append(text: UnsafeBufferPointer<UInt8>) throws(VariantError) {
        try beginText(text.count)
        write(text)
    }

    /// Appends bytes.
    package mutating func append(binary: UnsafeBufferPointer<UInt8>) throws(VariantError) {
        try reserve(5 + binary.count)
        write(VariantFormat.header(VariantFormat.binary))
        write(UInt32(truncatingIfNeeded: binary.count))
        write(binary)
    }

    private mutating func beginText(_ length: Int) throws(VariantError) {
        guard length <= VariantFormat.sizeLimit else { throw .tooLarge }
        try reserve(5 + length)
        if length <= VariantFormat.longestShortText {
            write(UInt8(truncatingIfNeeded: length) << 2 | VariantFormat.shortText)
        } else {
            write(VariantFormat.header(VariantFormat.longText))
            write(UInt32(truncatingIfNeeded: length))
        }
    }

    @inline(__always)
    private mutating func write(_ bytes: UnsafeBufferPointer<UInt8>) {
        if let start = bytes.baseAddress { memcpy(value.address + count, start, bytes.count) }
        count &+= bytes.count
    }

    // MARK: Names

    /// The number of a name in the dictionary, which gets it where it is new.
    private mutating func id(_ name: UnsafeBufferPointer<UInt8>) throws(VariantError) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let id = Int(slots[slot]) - 1
            if hashes[id] == hash, VariantOrder.areEqual(self.name(id), name) { return id }
            slot = (slot + 1) & mask
        }
        let used = nameEnds.last ?? 0
        guard used + name.count <= VariantFormat.sizeLimit else { throw .tooLarge }
        if used + name.count > names.capacity {
            names = Buffer.grown(names, used: used, needed: used + name.count)
        }
        if let start = name.baseAddress { memcpy(names.address + used, start, name.count) }
        nameEnds.append(used + name.count)
        hashes.append(hash)
        slots[slot] = UInt32(truncatingIfNeeded: hashes.count)
        if hashes.count * 2 > slots.count { growSlots() }
        return hashes.count - 1
    }

    private func name(_ id: Int) -> UnsafeBufferPointer<UInt8> {
        let first = id == 0 ? 0 : nameEnds[id - 1]
        return UnsafeBufferPointer(start: names.pointer(as: UInt8.self) + first, count: nameEnds[id] - first)
    }

    private mutating func growSlots() {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        for (id, hash) in hashes.enumerated() {
            var slot = Int(hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: id + 1)
        }
    }

    /// Frees the slots of a name and of those that follow without a gap: in the end of all.
    private mutating func clear(_ hash: UInt32) {
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != 0 {
            slots[slot] = 0
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// The name with a number, for errors. Allocates.
    package func nameText(_ id: Int) -> String {
        id < nameEnds.count ? String(decoding: name(id), as: UTF8.self) : ""
    }

    // MARK: Arrays and objects

    /// Begins an array or an object.
    package mutating func open() -> Container { Container(start: count, firstField: fields.count) }

    /// The next value is an element of an array.
    package mutating func beginElement(of container: Container) {
        fields.append(Field(id: 0, offset: count - container.start))
    }

    /// The next value is the field of an object with this name.
    package mutating func beginField(
        _ name: UnsafeBufferPointer<UInt8>, of container: Container
    ) throws(VariantError) {
        fields.append(Field(id: try id(name), offset: count - container.start))
    }

    /// Ends an array: what is known only now goes before its elements.
    package mutating func closeArray(_ array: Container) throws(VariantError) {
        let size = fields.count - array.firstField
        let (length, isLarge) = (count - array.start, size > 255)
        let offsetWidth = VariantFormat.width(length)
        var place = try makeRoom(1 + (isLarge ? 4 : 1) + (size + 1) * offsetWidth, at: array.start)
        put(
            (isLarge ? 1 : 0) << 4 | UInt8(truncatingIfNeeded: offsetWidth - 1) << 2 | VariantFormat.array, 1, &place)
        put(size, isLarge ? 4 : 1, &place)
        for index in array.firstField..<fields.count { put(fields[index].offset, offsetWidth, &place) }
        put(length, offsetWidth, &place)
        fields.removeLast(size)
    }

    /// Ends an object, whose fields go in the order of their names.
    package mutating func closeObject(_ object: Container) throws(VariantError) {
        let size = fields.count - object.firstField
        sortFields(from: object.firstField)
        var largestID = 0
        for index in object.firstField..<fields.count {
            largestID = max(largestID, fields[index].id)
            if index > object.firstField, fields[index].id == fields[index - 1].id {
                throw .duplicateKey(fields[index].id)
            }
        }
        let (length, isLarge) = (count - object.start, size > 255)
        let (idWidth, offsetWidth) = (VariantFormat.width(largestID), VariantFormat.width(length))
        let header = 1 + (isLarge ? 4 : 1) + size * idWidth + (size + 1) * offsetWidth
        var place = try makeRoom(header, at: object.start)
        put(
            (isLarge ? 1 : 0) << 6 | UInt8(truncatingIfNeeded: idWidth - 1) << 4
                | UInt8(truncatingIfNeeded: offsetWidth - 1) << 2 | VariantFormat.object, 1, &place)
        put(size, isLarge ? 4 : 1, &place)
        for index in object.firstField..<fields.count { put(fields[index].id, idWidth, &place) }
        for index in object.firstField..<fields.count { put(fields[index].offset, offsetWidth, &place) }
        put(length, offsetWidth, &place)
        fields.removeLast(size)
    }

    private mutating func sortFields(from first: Int) {
        // Most objects are small, and many are in order.
        if fields.count - first <= 16 {
            for index in (first + 1)..<max(fields.count, first + 1) {
                let field = fields[index]
                var place = index
                while place > first, precedes(field, fields[place - 1]) {
                    fields[place] = fields[place - 1]
                    place -= 1
                }
                fields[place] = field
            }
            return
        }
        var sorted = Array(fields[first...])
        sorted.sort { precedes($0, $1) }
        fields.replaceSubrange(first..., with: sorted)
    }

    private func precedes(_ a: Field, _ b: Field) -> Bool { VariantOrder.order(name(a.id), name(b.id)) < 0 }

    /// Moves what was written from a place on, and gives the place.
    private mutating func makeRoom(_ length: Int, at start: Int) throws(VariantError) -> Int {
        try reserve(length)
        memmove(value.address + (start + length), value.address + start, count - start)
        count += length
        return start
    }

    private func put<T: BinaryInteger>(_ number: T, _ width: Int, _ place: inout Int) {
        let number = UInt32(truncatingIfNeeded: number)
        for index in 0..<width {
            value.pointer(as: UInt8.self)[place] = UInt8(truncatingIfNeeded: number >> UInt32(index * 8))
            place += 1
        }
    }

    // MARK: Other variants

    /// Appends a value of another VARIANT, with the names that it uses.
    package mutating func append(_ cell: VariantCell, _ place: Int) throws(VariantError) {
        var walk = VariantWalk(cell)
        try append(cell, place, &walk)
    }

    private mutating func append(
        _ cell: VariantCell, _ place: Int, _ walk: inout VariantWalk
    ) throws(VariantError) {
        try walk.visit()
        let node = try cell.node(place)
        switch node.kind {
        case .object:
            try walk.enter()
            let object = open()
            for index in 0..<node.count {
                try beginField(try cell.name(node, index), of: object)
                try append(cell, try cell.part(node, index), &walk)
            }
            try closeObject(object)
            walk.leave()
        case .array:
            try walk.enter()
            let array = open()
            for index in 0..<node.count {
                beginElement(of: array)
                try append(cell, try cell.part(node, index), &walk)
            }
            try closeArray(array)
            walk.leave()
        default:
            try reserve(node.end - place)
            write(UnsafeBufferPointer(start: cell.start + place, count: node.end - place))
        }
    }

    // MARK: The whole

    /// The width of the numbers in the metadata.
    private var metadataWidth: Int { VariantFormat.width(max(nameEnds.last ?? 0, nameEnds.count)) }

    /// The bytes of the VARIANT.
    package var length: Int { 1 + metadataWidth * (nameEnds.count + 2) + (nameEnds.last ?? 0) + count }

    /// Writes the VARIANT as the bytes of a column's next value.
    package func write(into out: inout BytesBuilder) throws(VariantError) {
        let length = length
        guard length - count <= VariantFormat.sizeLimit else { throw .tooLarge }
        guard out.byteCount + length <= Int(UInt32.max) else { throw .batchTooLarge }
        out.reserve(length)
        out.write { place in
            write(to: place)
            return length
        }
    }

    /// Writes the VARIANT where there is room for `length` bytes.
    package func write(to place: UnsafeMutablePointer<UInt8>) {
        let (width, names) = (metadataWidth, self.names)
        place[0] = VariantFormat.version | UInt8(truncatingIfNeeded: width - 1) << 6
        var at = 1
        func put(_ number: Int) {
            for index in 0..<width {
                place[at] = UInt8(truncatingIfNeeded: number >> (index * 8))
                at += 1
            }
        }
        put(nameEnds.count)
        put(0)
        for end in nameEnds { put(end) }
        let nameLength = nameEnds.last ?? 0
        memcpy(place + at, names.address, nameLength)
        memcpy(place + (at + nameLength), value.address, count)
    }
}
