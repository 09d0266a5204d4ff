// Texts of JSON as VARIANT: parse_json.

import Columns

/// Reads texts as VARIANTs, by the rules of Spark's parser. One reader a thread.
package struct VariantParser: ~Copyable {
    private var scanner: JSONScanner
    private var builder = VariantBuilder()
    /// Texts without escapes, until they are in the builder.
    private var scratch = Buffer(capacity: 256)

    /// A reader of a column's texts, whose bytes begin at `start`.
    private init(_ start: UnsafePointer<UInt8>) {
        var options = JSONReadOptions()
        options.allowsSingleQuotes = false
        options.allowsNonNumericNumbers = false
        scanner = JSONScanner(options, at: start)
    }

    /// Each text of a column as a VARIANT; NULL where it is NULL, and with `isTry` where it is no JSON.
    ///
    /// - Throws: MALFORMED_RECORD_IN_PARSING with the first text that is none, VARIANT_SIZE_LIMIT; unless `isTry`.
    package static func parse(_ column: ColumnVector, isTry: Bool) throws(KernelError) -> ColumnVector {
        // What isn't UTF-8 is replaced first: a text is one of characters.
        let texts = Utf8Kernel.text(column.materialized())
        let bits = texts.validityBits
        var parser = VariantParser(texts.byteStart)
        let bytes = texts.count == 0 ? 0 : Int(texts.ends[texts.count - 1])
        var out = BytesBuilder(type: .variant, capacity: texts.count, byteCapacity: bytes)
        for row in 0..<texts.count {
            guard Loops.isValid(bits, row) else {
                out.appendNull()
                continue
            }
            let text = texts.run(row)
            var failure: VariantError?
            do throws(VariantError) {
                if try parser.parse(text) {
                    try parser.builder.write(into: &out)
                    out.endValue()
                    continue
                }
            } catch {
                failure = error
            }
            guard isTry else { throw error(failure, text, row) }
            out.appendNull()
        }
        return out.finish()
    }

    private static func error(_ failure: VariantError?, _ text: UnsafeBufferPointer<UInt8>, _ row: Int) -> KernelError {
        switch failure {
        case .tooLarge?, .batchTooLarge?: return failure?.inRow(row, of: "parse_json") ?? .tooLarge("the VARIANTs")
        case .duplicateKey?, .malformed?, .unknownKind?, nil:
            guard let start = text.baseAddress else { preconditionFailure("the bytes of a column have an address") }
            let error = RecordErrors.malformed(BadRecord(start: start, length: text.count))
            return KernelError(
                code: error.code, message: error.message, row: row, hint: "use try_parse_json to get NULL instead")
        }
    }

    /// Reads a text; false where it is no JSON. What follows the value isn't read, as in Spark.
    private mutating func parse(_ text: UnsafeBufferPointer<UInt8>) throws(VariantError) -> Bool {
        guard let start = text.baseAddress else { return false }
        builder.reset()
        scanner.at = start
        scanner.end = start + text.count
        scanner.depth = 0
        guard scanner.skipBlanks(), try scanner.variant(into: &builder, &scratch) else { return false }
        return scanner.endsRootValue(text)
    }
}

extension JSONScanner {
    /// Whether the value behind which `at` is ends there: numbers and words must not go on.
    fileprivate func endsRootValue(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard at < end, let last = text.baseAddress.map({ at > $0 ? at[-1] : 0 }) else { return true }
        switch last {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            // Behind a number there must be a blank.
            return at.pointee == 0x20 || at.pointee == 0x09 || at.pointee == 0x0A || at.pointee == 0x0D
        case UInt8(ascii: "a")...UInt8(ascii: "z"):
            switch at.pointee {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
                return false
            default: return true
            }
        default: return true
        }
    }

    /// Appends the value that `at` is at, and passes it; false where it is no JSON.
    ///
    /// - Throws: `duplicateKey`, `tooLarge`.
    mutating func variant(into builder: inout VariantBuilder, _ scratch: inout Buffer) throws(VariantError) -> Bool {
        switch at.pointee {
        case UInt8(ascii: "{"): return try variantObject(into: &builder, &scratch)
        case UInt8(ascii: "["): return try variantArray(into: &builder, &scratch)
        case UInt8(ascii: "n"):
            guard take("null") else { return false }
            try builder.appendNull()
        case UInt8(ascii: "t"):
            guard take("true") else { return false }
            try builder.append(true)
        case UInt8(ascii: "f"):
            guard take("false") else { return false }
            try builder.append(false)
        case let byte where isQuote(byte):
            guard let text = string(), let bytes = text.characters(&scratch) else { return false }
            try builder.append(text: bytes)
        default:
            if let (value, next) = plainInteger(at) {
                at = next
                try builder.append(value)
                return true
            }
            guard let number = number() else { return false }
            try (at < end ? number : number.terminated(in: &scratch)).append(to: &builder)
        }
        return true
    }

    private mutating func variantArray(
        into builder: inout VariantBuilder, _ scratch: inout Buffer
    ) throws(VariantError) -> Bool {
        guard open(isObject: false), skipBlanks() else { return false }
        let array = builder.open()
        while at.pointee != UInt8(ascii: "]") {
            builder.beginElement(of: array)
            guard try variant(into: &builder, &scratch), skipBlanks() else { return false }
            if at.pointee == UInt8(ascii: ",") {
                at += 1
                guard skipBlanks(), at.pointee != UInt8(ascii: "]") else { return false }
            } else if at.pointee != UInt8(ascii: "]") {
                return false
            }
        }
        at += 1
        depth -= 1
        try builder.closeArray(array)
        return true
    }

    private mutating func variantObject(
        into builder: inout VariantBuilder, _ scratch: inout Buffer
    ) throws(VariantError) -> Bool {
        guard open(isObject: true), skipBlanks() else { return false }
        let object = builder.open()
        while at.pointee != UInt8(ascii: "}") {
            guard let text = name(), let bytes = text.characters(&scratch) else { return false }
            try builder.beginField(bytes, of: object)
            guard skip(UInt8(ascii: ":")), try variant(into: &builder, &scratch), skipBlanks() else { return false }
            if at.pointee == UInt8(ascii: ",") {
                at += 1
                guard skipBlanks(), at.pointee != UInt8(ascii: "}") else { return false }
            } else if at.pointee != UInt8(ascii: "}") {
                return false
            }
        }
        at += 1
        depth -= 1
        try builder.closeObject(object)
        return true
    }
}

extension JSONScanner.Text {
    /// The characters, in `scratch` where there are escapes; `nil` where half a surrogate pair is among them.
    fileprivate func characters(_ scratch: inout Buffer) -> UnsafeBufferPointer<UInt8>? {
        guard hasEscapes else { return UnsafeBufferPointer(start: start, count: length) }
        guard JSONEscapes.hasWholeCharacters(self) else { return nil }
        if length > scratch.capacity { scratch = Buffer(capacity: length * 2) }
        let out = scratch.pointer(as: UInt8.self)
        return UnsafeBufferPointer(start: out, count: JSONEscapes.resolve(self, into: out))
    }
}

extension JSONNumber {
    /// Appends the number as Spark keeps it: an integer of 64 bits, else a decimal of up to 38 digits where no exponent
    /// stands in it, else a DOUBLE.
    fileprivate func append(to builder: inout VariantBuilder) throws(VariantError) {
        if let integer { return try builder.append(integer) }
        if let decimal { return try builder.append(unscaled: decimal.unscaled, scale: decimal.scale) }
        try builder.append(double)
    }

    private var decimal: (unscaled: Int128, scale: Int)? {
        var unscaled: Int128 = 0
        var scale = 0
        var isBehindPoint = false
        for place in 0..<length {
            switch start[place] {
            case UInt8(ascii: "-"): continue
            case UInt8(ascii: "."): isBehindPoint = true
            case let byte where byte &- 48 <= 9:
                if isBehindPoint { scale += 1 }
                unscaled = unscaled * 10 + Int128(byte - 48)
                guard scale <= 38, DecimalMath.fits(unscaled, precision: 38) else { return nil }
            default: return nil
            }
        }
        return (isNegative ? -unscaled : unscaled, scale)
    }
}
