// Where a part stands in a text for the second, third, ... time.

import Columns

enum OccurrenceKernel {
    /// At which character, from 1, a part stands in each text for the so-manyth time from a position on; backwards from
    /// a position below 0, which counts from the end. 0 where it doesn't, and for the position 0. Stands may overlap,
    /// and what is empty stands at the first character, whatever the position.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE.OCCURRENCE for a number that isn't above 0.
    static func places(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (texts, parts) = (Runs(columns[0]), Runs(columns[1]))
        let (positions, numbers) = (AnySlots<Int32>(columns[2]), AnySlots<Int32>(columns[3]))
        return try Loops.checkedSlots(.integer, columns, as: Int32.self) { row in
            guard numbers[row] > 0 else { return nil }
            let text = texts[row]
            if parts[row].isEmpty { return 1 }
            if positions[row] == 0 { return 0 }
            guard let found = place(of: parts[row], in: text, from: Int(positions[row]), Int(numbers[row])) else {
                return 0
            }
            return Int32(truncatingIfNeeded: Characters.count(Characters.part(text, 0, found)) + 1)
        } _: { row in
            KernelError(
                code: "INVALID_PARAMETER_VALUE.OCCURRENCE",
                message: "the occurrence that instr looks for must be above 0, and is \(numbers[row])", row: row)
        }
    }

    @inline(__always)
    private static func place(
        of part: Characters.Text, in text: Characters.Text, from position: Int, _ number: Int
    ) -> Int? {
        var left = number
        if position > 0 {
            var start = Characters.offset(of: position - 1, in: text)
            while let found = Characters.find(part, in: text, from: start) {
                left -= 1
                if left == 0 { return found }
                start = found + 1
            }
            return nil
        }
        let first = Characters.count(text) + position
        guard first >= 0 else { return nil }
        var start = Characters.offset(of: first, in: text)
        while start >= 0, let found = Characters.findLast(part, in: text, from: start) {
            left -= 1
            if left == 0 { return found }
            start = found - 1
        }
        return nil
    }
}
