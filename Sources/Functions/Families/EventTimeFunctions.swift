// Windows of event time: what is computed of them.

import Columns

enum EventTimeFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "window_time", .time, "window_time(window)",
            "the last microsecond of a window, which is its event time in further windows", 1...1
        ) { (call) throws(FunctionError) in
            guard TimeWindowKernel.isWindow(call.type(0)) else {
                throw call.unexpected(0, "a window, as window(...) gives it")
            }
            return .kernel([call.type(0)], .timestamp, isNullable: nil, .unary { TimeWindowKernel.lastTimes($0) })
        }
    ]
}
