// `sequence`: for each row the list from a start to a stop, by steps.

import Columns

enum SequenceKernels {
    /// How many elements all lists of a batch may have.
    private static let mostElements: Int64 = 1 << 28

    /// Whole numbers from one to another by steps, which are 1 or -1 where none are given.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.SEQUENCE where the step doesn't lead there.
    static func numbers(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        try lists(
            columns, of: .long, Int64.self, by: Int64.self, usualStep: 1,
            refusal: { leads($0, $1, by: $2) ? nil : "a sequence from \($0) to \($1) by \($2) has no end" },
            later: number)
    }

    /// The elements of each row: what `later` gives for the start, a step and how often that is taken, from 0 times on
    /// and as long as it doesn't lie behind the stop. It must not come nearer to the start as steps are taken. Without
    /// steps they are `usualStep` apart, towards the stop.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.SEQUENCE where `refusal` says why no list has this start, stop and step.
    @inline(__always)
    static func lists<Element, Step>(
        _ columns: [ColumnVector], of type: DataType, _: Element.Type, by _: Step.Type, usualStep: Int64,
        refusal: (Int64, Int64, Int64) -> String?, later: (Int64, Int64, Int64) -> Int64?
    ) throws(KernelError) -> ColumnVector
    where Element: FixedWidthInteger & BitwiseCopyable, Step: FixedWidthInteger & BitwiseCopyable {
        let count = columns[0].count
        let validity = ValidityKernel.all(columns, count: count)
        let (starts, stops) = (columns[0].slots(as: Element.self), columns[1].slots(as: Element.self))
        let steps = columns.count > 2 ? columns[2].slots(as: Step.self) : nil
        let offsets = Buffer(capacity: (count + 1) * 4)
        let ends = offsets.pointer(as: UInt32.self)
        ends[0] = 0
        var elements = FixedBuilder<Element>(type: type)
        for row in 0..<count {
            if Loops.isValid(validity.pointer, row) {
                let (start, stop) = (Int64(starts[row]), Int64(stops[row]))
                let step = steps.map { Int64($0[row]) } ?? (start <= stop ? usualStep : -usualStep)
                if let reason = refusal(start, stop, step) {
                    throw KernelError(code: "INVALID_PARAMETER_VALUE.SEQUENCE", message: reason, row: row)
                }
                func element(_ taken: Int64) -> Int64? {
                    guard let element = later(start, step, taken) else { return nil }
                    return (step < 0 ? element >= stop : element <= stop) ? element : nil
                }
                // A list is too long where it has the first element for which there is no room: that is asked before
                // any is made, or a list of billions would fill the memory first.
                if step != 0, element(Int64(ListKernels.mostElements)) != nil {
                    throw .tooManyElements("sequence", row)
                }
                let room = mostElements - Int64(elements.count)
                guard step == 0 ? room > 0 : element(room) == nil else { throw .tooLarge("the elements of sequence") }
                var taken: Int64 = 0
                while let value = element(taken) {
                    elements.append(Element(truncatingIfNeeded: value))
                    if step == 0 { break }
                    taken &+= 1
                }
            }
            ends[row + 1] = UInt32(truncatingIfNeeded: elements.count)
        }
        return ColumnVector(
            type: .array(type, containsNull: false), count: count, validity: validity.bits,
            nullCount: validity.nullCount, starts: offsets, children: [elements.finish()])
    }

    /// Whether steps lead from the start to the stop; those of 0 where they are the same.
    @inline(__always)
    static func leads(_ start: Int64, _ stop: Int64, by step: Int64) -> Bool {
        step > 0 ? start <= stop : step < 0 ? start >= stop : start == stop
    }

    /// The number so many steps from the start. The way there may be longer than any `Int64`.
    @inline(__always)
    private static func number(_ start: Int64, step: Int64, times: Int64) -> Int64? {
        let (way, isBeyond) = step.magnitude.multipliedReportingOverflow(by: times.magnitude)
        let number = step < 0 ? start &- Int64(bitPattern: way) : start &+ Int64(bitPattern: way)
        return isBeyond || (step < 0 ? number > start : number < start) ? nil : number
    }
}
