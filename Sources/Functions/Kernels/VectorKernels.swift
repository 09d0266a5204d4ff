// Arrays of FLOAT as vectors: products, distances and lengths.

import Columns

/// Vectors are added up in DOUBLE, and only what comes of them is FLOAT: any order mostly gives the same.
enum VectorKernels {
    /// The vectors of a column; those with a NULL among their elements are none.
    private struct Vectors {
        let lists: ListRows
        let elements: ColumnVector
        let slots: UnsafePointer<Float>
        private let known: UnsafePointer<UInt8>?

        init(_ column: ColumnVector) {
            lists = ListRows(column)
            elements = column.children[0].materialized()
            slots = elements.slots(as: Float.self)
            known = elements.nullCount > 0 ? elements.validityBits : nil
        }

        /// Where a row's elements lie, `nil` where there is no vector.
        @inline(__always)
        subscript(row: Int) -> Range<Int>? {
            guard lists.isValid(row) else { return nil }
            let range = lists[row]
            if let known { for element in range where !Bitmap.get(known, element) { return nil } }
            return range
        }
    }

    /// What is asked of two vectors.
    enum Relation {
        case innerProduct, cosineSimilarity, distance
    }

    /// What is asked of the two vectors of each row; the cosine of what has no length is NULL.
    ///
    /// - Throws: VECTOR_DIMENSION_MISMATCH.
    static func related(
        _ relation: Relation, _ left: ColumnVector, _ right: ColumnVector, name: String
    ) throws(KernelError) -> ColumnVector {
        let (a, b) = (Vectors(left), Vectors(right))
        for row in 0..<left.count where a.lists.isValid(row) && b.lists.isValid(row) {
            guard a.lists.count(row) == b.lists.count(row) else {
                throw KernelError(
                    code: "VECTOR_DIMENSION_MISMATCH",
                    message: "\(name) takes vectors of one dimension, not of \(a.lists.count(row)) and "
                        + "\(b.lists.count(row))", row: row)
            }
        }
        return Loops.optionalSlots(.float, [left, right], as: Float.self) { row in
            guard let mine = a[row], let theirs = b[row] else { return nil }
            var (product, squares, others) = (0.0, 0.0, 0.0)
            for place in 0..<mine.count {
                let x = Double(a.slots[mine.lowerBound &+ place])
                let y = Double(b.slots[theirs.lowerBound &+ place])
                if relation == .distance {
                    product += (x - y) * (x - y)
                } else {
                    product += x * y
                    squares += x * x
                    others += y * y
                }
            }
            switch relation {
            case .innerProduct: return Float(product)
            case .distance: return Float(product.squareRoot())
            case .cosineSimilarity:
                let lengths = squares.squareRoot() * others.squareRoot()
                return lengths == 0 ? nil : Float(product / lengths)
            }
        }
    }

    /// The length of a vector by a degree: 1, 2 or infinity; `nil` for other degrees.
    @inline(__always)
    private static func length(_ slots: UnsafePointer<Float>, _ range: Range<Int>, _ degree: Float) -> Double? {
        var length = 0.0
        switch degree {
        case 1: for element in range { length += Double(slots[element].magnitude) }
        case 2:
            for element in range { length += Double(slots[element]) * Double(slots[element]) }
            length.formSquareRoot()
        case .infinity:
            for element in range {
                let magnitude = Double(slots[element].magnitude)
                if magnitude.isNaN { return magnitude }
                length = max(length, magnitude)
            }
        default: return nil
        }
        return length
    }

    private static func wrongDegree(_ degree: Float, _ name: String, _ row: Int) -> KernelError {
        KernelError(
            code: "INVALID_VECTOR_NORM_DEGREE",
            message: "the degree of \(name) must be 1.0, 2.0 or float('inf'), and is \(degree)", row: row)
    }

    /// The length of each vector by a degree.
    ///
    /// - Throws: INVALID_VECTOR_NORM_DEGREE.
    static func lengths(_ column: ColumnVector, _ degrees: ColumnVector) throws(KernelError) -> ColumnVector {
        let vectors = Vectors(column)
        let wanted = degrees.slots(as: Float.self)
        try requireDegrees(column, degrees, "vector_norm")
        return Loops.optionalSlots(.float, [column, degrees], as: Float.self) { row in
            vectors[row].flatMap { length(vectors.slots, $0, wanted[row]) }.map { Float($0) }
        }
    }

    /// Raises for the first degree by which nothing has a length, whether or not there are NULLs in the vector.
    private static func requireDegrees(
        _ column: ColumnVector, _ degrees: ColumnVector, _ name: String
    ) throws(KernelError) {
        let wanted = degrees.slots(as: Float.self)
        for row in 0..<column.count where !column.isNull(row) && !degrees.isNull(row) {
            guard [1, 2, .infinity].contains(wanted[row]) else { throw wrongDegree(wanted[row], name, row) }
        }
    }

    /// Each vector with the length 1 by a degree; NULL for what has no length, unless it is empty.
    ///
    /// - Throws: INVALID_VECTOR_NORM_DEGREE.
    static func normalized(
        _ column: ColumnVector, _ degrees: ColumnVector, _ type: DataType
    ) throws(KernelError) -> ColumnVector {
        let vectors = Vectors(column)
        let wanted = degrees.slots(as: Float.self)
        // Rows may share elements, and have other lengths.
        var values = FixedBuilder<Float>(type: .float, capacity: vectors.elements.count)
        var result = ListAssembly(count: column.count, elements: vectors.elements.count)
        let known = degrees.validityBits
        try requireDegrees(column, degrees, "vector_normalize")
        for row in 0..<column.count {
            guard let range = vectors[row], Loops.isValid(known, row),
                let length = length(vectors.slots, range, wanted[row])
            else {
                result.endNull()
                continue
            }
            guard length != 0 || range.isEmpty else {
                result.endNull()
                continue
            }
            let first = values.count
            try result.require(range.count)
            for element in range { values.append(Float(Double(vectors.slots[element]) / length)) }
            result.append(first..<values.count)
            try result.endList()
        }
        return result.finish(type, from: [values.finish()])
    }
}
