// Schemas of records: the answers are those of Spark 4.3.

import Columns
import Formats
import Testing

struct JSONInferenceTests {
    private func schema(
        _ lines: [String], _ change: (inout JSONInferenceOptions) -> Void = { _ in }, mode: ParseMode = .permissive
    ) throws -> String {
        var options = JSONInferenceOptions()
        change(&options)
        var inference = try JSONInference(options, reading: reading { $0.mode = mode })
        for line in lines {
            let (buffer, count) = padded(Array(line.utf8))
            try inference.add(
                UnsafeBufferPointer(start: UnsafePointer(buffer.pointer(as: UInt8.self)), count: count))
        }
        return inference.schema.description
    }

    @Test func typesOfFields() throws {
        #expect(
            try schema([
                #"{"a":1,"b":"x","c":1.5}"#, #"{"a":2147483648,"c":2,"d":true}"#,
                #"{"b":null,"e":[1,2.5],"f":{"g":null}}"#,
            ]) == "a BIGINT, b STRING, c DOUBLE, d BOOLEAN, e ARRAY<DOUBLE>, f STRUCT<g: STRING>")
        #expect(
            try schema([#"{"a":92233720368547758080,"b":1,"c":{"x":1},"d":[],"z":""}"#, #"{"b":"x","c":2,"a":1}"#])
                == "a DECIMAL(20,0), b STRING, c STRING, d ARRAY<STRING>, z STRING")
    }

    @Test func badRecords() throws {
        #expect(
            try schema([#"{"a":1}"#, "oops", "", "null", "[{\"b\":2}]"]) == "_corrupt_record STRING, a BIGINT, b BIGINT"
        )
        #expect(try schema([#"{"a":1}"#, #"{"b":1"#], mode: .dropMalformed) == "a BIGINT")
        #expect(throws: KernelError.self) { try schema(["oops"], mode: .failFast) }
    }

    @Test func depth() throws {
        let deepest = JSONInference.deepest
        let text = String(repeating: #"{"a":"#, count: deepest) + "1" + String(repeating: "}", count: deepest)
        #expect(try schema([text]).hasPrefix("a STRUCT<a: STRUCT<a: "))
        #expect(try schema([#"{"a":\#(text)}"#]) == "_corrupt_record STRING")
        let error = #expect(throws: KernelError.self) {
            _ = try JSONInference(JSONInferenceOptions(), reading: reading { $0.maximumDepth = deepest + 1 })
        }
        #expect(error?.code == "INVALID_OPTION")
    }

    @Test func options() throws {
        let lines = [#"{"a":1,"b":true,"c":1.50,"d":[1,null],"e":null,"f":{}}"#]
        #expect(
            try schema(lines) { $0.primitivesAsString = true }
                == "a STRING, b STRING, c STRING, d ARRAY<STRING>, e STRING")
        #expect(
            try schema(lines) {
                $0.prefersDecimal = true
                $0.dropsFieldsOfNull = true
            } == "a BIGINT, b BOOLEAN, c DECIMAL(3,2), d ARRAY<BIGINT>")
        let many = (0..<1000).map { $0 == 500 ? #"{"rare":1}"# : #"{"a":1}"# }
        #expect(try schema(many) { $0.samplingRatio = 0.01 } == "a BIGINT")
    }
}
