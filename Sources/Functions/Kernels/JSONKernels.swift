// Columns of JSON texts looked into.

import Columns
import Formats

enum JSONKernels {
    /// The values of a type that texts are. What isn't UTF-8 is replaced first: a text is one of characters.
    static func read(
        _ texts: ColumnVector, _ type: DataType, _ options: JSONReadOptions
    ) throws(KernelError) -> ColumnVector {
        var reader = JSONValueReader(type, options: options, rows: texts.count)
        return try reader.read(Utf8Kernel.text(texts))
    }

    /// What a path finds in each text; nothing where it is no path.
    static func find(_ texts: ColumnVector, _ path: JSONPath?) throws(KernelError) -> ColumnVector {
        guard let path else { return NullKernels.nulls(type: .string, count: texts.count) }
        var reader = JSONTextReader()
        return try reader.find(path, in: texts)
    }

    /// As `find` with a path for each text.
    static func find(_ texts: ColumnVector, paths: ColumnVector) throws(KernelError) -> ColumnVector {
        var reader = JSONTextReader()
        let (runs, pathRuns) = (Runs(texts), Runs(paths))
        let (bits, pathBits) = (texts.validityBits, paths.validityBits)
        var out = BytesBuilder(type: .string, capacity: texts.count, byteCapacity: texts.count * 16)
        for row in 0..<texts.count {
            guard Loops.isValid(bits, row), Loops.isValid(pathBits, row),
                let path = JSONPath(String(decoding: pathRuns[row], as: UTF8.self)),
                reader.write(path, of: runs[row], into: &out)
            else {
                out.appendNull()
                continue
            }
            try out.require(0)
            out.endValue()
        }
        return out.finish()
    }

    static func arrayLength(_ texts: ColumnVector) -> ColumnVector {
        var reader = JSONTextReader()
        let runs = Runs(texts)
        return Loops.optionalSlots(.integer, [texts], as: Int32.self) { reader.elementCount(runs[$0]) }
    }

    static func objectKeys(_ texts: ColumnVector) -> ColumnVector {
        var reader = JSONTextReader()
        let runs = Runs(texts)
        let bits = texts.validityBits
        let count = texts.count
        let (starts, ends) = (Buffer.zeroed(capacity: count * 4), Buffer.zeroed(capacity: count * 4))
        let (startOf, endOf) = (starts.pointer(as: UInt32.self), ends.pointer(as: UInt32.self))
        let valid = Buffer.zeroed(capacity: Bitmap.byteCount(count))
        var names = BytesBuilder(type: .string)
        for row in 0..<count where Loops.isValid(bits, row) {
            let first = names.count
            let isObject = reader.names(runs[row]) { name in
                names.append(name.baseAddress.map { UnsafeRawPointer($0) }, count: name.count)
            }
            guard isObject else { continue }
            startOf[row] = UInt32(first)
            endOf[row] = UInt32(names.count)
            Bitmap.set(valid.pointer(as: UInt8.self), row)
        }
        let validity = Validity(bits: valid, count: count)
        return ColumnVector(
            type: .array(.string, containsNull: true), count: count, validity: validity.bits,
            nullCount: validity.nullCount, starts: starts, ends: ends, children: [names.finish()])
    }
}

/// What `json_tuple` makes of texts.
package enum JSONMembers {
    /// The values that the objects in a column of texts have under these names, a column each.
    package static func columns(_ texts: ColumnVector, _ names: [String]) throws(KernelError) -> [ColumnVector] {
        let texts = texts.materialized()
        var columns: [ColumnVector] = []
        for name in names { columns.append(try JSONKernels.find(texts, JSONPath(member: name))) }
        return columns
    }
}
