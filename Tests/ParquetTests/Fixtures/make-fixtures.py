#!/usr/bin/env python3
"""Writes the files of this folder anew with pyarrow, and beside each what it holds, as Millrace's values print."""
import datetime
import decimal
import math
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq

os.chdir(os.path.dirname(os.path.abspath(__file__)))
ROWS = 60


def text(value, type):
    if value is None:
        return "NULL"
    if pa.types.is_boolean(type):
        return "true" if value else "false"
    if pa.types.is_floating(type):
        if math.isnan(value):
            return "NaN"
        return "Infinity" if value == math.inf else repr(value)
    if pa.types.is_decimal(type):
        return format(value, "f")
    if pa.types.is_binary(type) or pa.types.is_fixed_size_binary(type):
        return "X'%s'" % value.hex()
    if pa.types.is_timestamp(type):
        nanoseconds = value
        seconds, rest = divmod(nanoseconds // 1000, 1_000_000)
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        fraction = ("%06d" % rest).rstrip("0")
        return moment.strftime("%Y-%m-%d %H:%M:%S") + ("." + fraction if fraction else "")
    if pa.types.is_list(type):
        return "[%s]" % ", ".join(text(item, type.value_type) for item in value)
    if pa.types.is_map(type):
        return "{%s}" % ", ".join(
            "%s -> %s" % (text(key, type.key_type), text(item, type.item_type)) for key, item in value)
    if pa.types.is_struct(type):
        return "{%s}" % ", ".join(text(value[field.name], field.type) for field in type)
    return str(value)


def plain(array):
    """Values as Python's, timestamps as nanoseconds."""
    type = array.type
    if pa.types.is_timestamp(type):
        unit = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[type.unit]
        return [None if value is None else value * unit for value in array.cast(pa.int64()).to_pylist()]
    return array.to_pylist()


def write(name, table, **options):
    options.setdefault("compression", "none")
    pq.write_table(table, name + ".parquet", **options)
    columns = [plain(table.column(index).combine_chunks()) for index in range(table.num_columns)]
    with open(name + ".txt", "w") as file:
        for row in range(table.num_rows):
            file.write(" | ".join(
                text(column[row], table.schema.field(index).type) for index, column in enumerate(columns)) + "\n")


def maybe(values, every):
    return [None if index % every == every - 1 else value for index, value in enumerate(values)]


words = ["", "mill", "race", "water", "é", "a longer text than the others of this column"]
flat = pa.table({
    "b": pa.array(maybe([index % 3 == 0 for index in range(ROWS)], 7), pa.bool_()),
    "i": pa.array(maybe([index * index - 500 for index in range(ROWS)], 5), pa.int32()),
    "l": pa.array(maybe([(index - 30) << 40 for index in range(ROWS)], 11), pa.int64()),
    "f": pa.array(maybe([index / 4 for index in range(ROWS)], 6), pa.float32()),
    "d": pa.array(maybe([index / 8 - 3 for index in range(ROWS)], 9), pa.float64()),
    "s": pa.array(maybe([words[index % 6] + str(index % 10) for index in range(ROWS)], 4), pa.string()),
    "x": pa.array(maybe([bytes([index, 255 - index]) * (index % 3) for index in range(ROWS)], 8), pa.binary()),
    "full": pa.array(range(ROWS), pa.int64()),
    "none": pa.array([None] * ROWS, pa.string()),
})
required = pa.schema([pa.field(field.name, field.type, nullable=False) for field in flat.schema if field.name != "none"])
whole = pa.table([flat.column(name).fill_null(value) for name, value in [
    ("b", False), ("i", 0), ("l", 0), ("f", 0.5), ("d", 0.5), ("s", "-"), ("x", b"-"), ("full", 0)]], schema=required)

write("plain", flat, use_dictionary=False)
write("required", whole, use_dictionary=False, compression="snappy")
write("required_v2", whole, data_page_version="2.0", compression="zstd")
write("dictionary_snappy", flat, compression="snappy")
write("dictionary_v2_zstd", flat, data_page_version="2.0", compression="zstd")
write("lz4", flat, compression="lz4")
write("checksum_gzip", flat, compression="gzip", write_page_checksum=True)
write("delta", flat, use_dictionary=False, compression="gzip", data_page_version="2.0", column_encoding={
    "b": "RLE", "i": "DELTA_BINARY_PACKED", "l": "DELTA_BINARY_PACKED", "f": "BYTE_STREAM_SPLIT",
    "d": "BYTE_STREAM_SPLIT", "s": "DELTA_BYTE_ARRAY", "x": "DELTA_LENGTH_BYTE_ARRAY", "full": "DELTA_BINARY_PACKED",
    "none": "DELTA_BYTE_ARRAY"})
write("split", flat.select(["i", "l"]), use_dictionary=False, column_encoding={
    "i": "BYTE_STREAM_SPLIT", "l": "BYTE_STREAM_SPLIT"})
write("pages", flat, use_dictionary=["s"], data_page_size=64, write_batch_size=8, row_group_size=25)
write("fallback", pa.table({"s": [("%03d" % index) * 5 for index in range(400)]}), dictionary_pagesize_limit=512,
      write_batch_size=32, data_page_size=256)
write("numbers", pa.table({
    "i8": pa.array(maybe([index - 30 for index in range(ROWS)], 5), pa.int8()),
    "i16": pa.array([index * 500 - 9000 for index in range(ROWS)], pa.int16()),
    "u8": pa.array([index * 4 for index in range(ROWS)], pa.uint8()),
    "u16": pa.array([index * 1000 for index in range(ROWS)], pa.uint16()),
    "u32": pa.array([2**32 - 1 - index for index in range(ROWS)], pa.uint32()),
    "u64": pa.array(maybe([2**64 - 1 - index for index in range(ROWS)], 6), pa.uint64()),
}))
decimals = [decimal.Decimal(index * 37 - 900).scaleb(-2) for index in range(ROWS)]
large = [decimal.Decimal((index - 30) * 10**27 + index).scaleb(-5) for index in range(ROWS)]
moments = [1_700_000_000_000_000_000 + index * 86_399_123_456_000 for index in range(ROWS)]
write("decimals", pa.table({
    "small": pa.array(maybe(decimals, 7), pa.decimal128(7, 2)),
    "middle": pa.array(maybe(decimals, 5), pa.decimal128(17, 2)),
    "large": pa.array(maybe(large, 6), pa.decimal128(38, 5)),
}))
write("decimals_as_integers", pa.table({
    "small": pa.array(maybe(decimals, 7), pa.decimal128(7, 2)),
    "middle": pa.array(maybe(decimals, 5), pa.decimal128(17, 2)),
}), store_decimal_as_integer=True)
write("times", pa.table({
    "day": pa.array(maybe([datetime.date(1960, 1, 1) + datetime.timedelta(days=999 * index) for index in range(ROWS)], 8)),
    "ms": pa.array([moment // 10**6 for moment in moments], pa.timestamp("ms", tz="UTC")),
    "us": pa.array(maybe([moment // 1000 for moment in moments], 3), pa.timestamp("us", tz="UTC")),
    "ns": pa.array([moment + 1 for moment in moments], pa.timestamp("ns", tz="UTC")),
    "clock": pa.array([-moment // 1000 for moment in moments], pa.timestamp("us")),
}))
write("int96", pa.table({"t": pa.array(maybe([moment for moment in moments], 4), pa.timestamp("ns"))}),
      use_deprecated_int96_timestamps=True)
write("fixed", pa.table({"x": pa.array(maybe([bytes([index] * 5) for index in range(ROWS)], 5), pa.binary(5))}))

# More than a block of differences, of all widths; and numbers of a dictionary that have more than a byte.
random.seed(7)
wide = [random.getrandbits(1 + index % 63) * random.choice([1, -1]) for index in range(300)]
write("delta_wide", pa.table({
    "l": pa.array(wide + [2**63 - 1, -2**63, 0], pa.int64()),
    "i": pa.array([value >> 32 for value in wide] + [2**31 - 1, -2**31, 0], pa.int32()),
}), use_dictionary=False, column_encoding={"l": "DELTA_BINARY_PACKED", "i": "DELTA_BINARY_PACKED"})
write("dictionary_wide", pa.table({"i": pa.array([index * 7919 % 700 * 3 for index in range(1500)], pa.int32())}))

lists = [None, [], [1], [None, 2], [3, 4, 5], [6] * 40]
pairs = pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))])
nested = pa.table({
    "id": pa.array(range(ROWS), pa.int32()),
    "l": pa.array([lists[index % 6] for index in range(ROWS)], pa.list_(pa.int32())),
    "m": pa.array([[None, [], [("k", index)], [("a", None), ("b", 2)]][index % 4] for index in range(ROWS)],
                  pa.map_(pa.string(), pa.int64())),
    "s": pa.array([[None, {"x": index, "y": None}, {"x": None, "y": {"z": "q%d" % index}}][index % 3]
                   for index in range(ROWS)],
                  pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string())]))])),
    "ls": pa.array([[None, [], [{"a": 1, "b": ["p", None]}, None], [{"a": None, "b": []}, {"a": index, "b": None}]]
                    [index % 4] for index in range(ROWS)], pa.list_(pairs)),
    "ll": pa.array([[None, [None, [], [index]], [[1, None], [2]], []][index % 4] for index in range(ROWS)],
                   pa.list_(pa.list_(pa.int64()))),
    "lm": pa.array([[None, [[], [("x", {"a": index, "b": ["y"]})]], []][index % 3] for index in range(ROWS)],
                   pa.list_(pa.map_(pa.string(), pairs))),
})
write("nested", nested, compression="snappy")
write("nested_v2", nested, data_page_version="2.0", compression="zstd", row_group_size=23)
write("nested_pages", nested, use_dictionary=False, data_page_size=32, write_batch_size=4)
write("empty", nested.slice(0, 0))
