import protobuf from 'protobufjs/minimal.js';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxType, OnnxValue } from './model.js';

type Writer = protobuf.Writer;

/** `TensorProto.DataType` of onnx.proto. */
const DATA_TYPES: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  float16: 10,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** IR version 8 belongs to operator set 17: old enough for every runtime of the last years, new enough for what we write. */
const IR_VERSION = 8;

/** A model as the bytes of a `.onnx` file. The same model gives the same bytes: no clock, no machine, no hash order. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const { graph } = model;
  const w = protobuf.Writer.create();
  w.uint32(tag(1, VARINT)).int64(IR_VERSION);
  w.uint32(tag(2, BYTES)).string('fx');
  message(w, 7, () => {
    for (const node of graph.nodes) message(w, 1, () => writeNode(w, node));
    w.uint32(tag(2, BYTES)).string(graph.name);
    for (const tensor of graph.initializers) message(w, 5, () => writeTensor(w, tensor));
    for (const value of graph.inputs) message(w, 11, () => writeValue(w, value));
    for (const value of graph.outputs) message(w, 12, () => writeValue(w, value));
  });
  for (const [domain, version] of Object.entries(model.opsets)) {
    message(w, 8, () => {
      w.uint32(tag(1, BYTES)).string(domain);
      w.uint32(tag(2, VARINT)).int64(version);
    });
  }
  return w.finish();
}

/** Protocol Buffers' wire types. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

function message(w: Writer, field: number, body: () => void): void {
  w.uint32(tag(field, BYTES)).fork();
  body();
  w.ldelim();
}

/** `NodeProto` */
function writeNode(w: Writer, node: OnnxNode): void {
  for (const input of node.inputs) w.uint32(tag(1, BYTES)).string(input);
  for (const output of node.outputs) w.uint32(tag(2, BYTES)).string(output);
  // A name makes the runtime's profile readable: that of the first value it makes.
  w.uint32(tag(3, BYTES)).string(node.outputs[0] ?? '');
  w.uint32(tag(4, BYTES)).string(node.op);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    message(w, 5, () => writeAttribute(w, name, attribute));
  }
  if (node.domain !== undefined) w.uint32(tag(7, BYTES)).string(node.domain);
}

/** `AttributeProto`, with its `AttributeType` in field 20 */
function writeAttribute(w: Writer, name: string, attribute: OnnxAttribute): void {
  w.uint32(tag(1, BYTES)).string(name);
  const type = (value: number): void => void w.uint32(tag(20, VARINT)).int32(value);
  if ('float' in attribute) {
    w.uint32(tag(2, FIXED32)).float(attribute.float);
    type(1);
  } else if ('int' in attribute) {
    w.uint32(tag(3, VARINT)).int64(attribute.int);
    type(2);
  } else if ('string' in attribute) {
    w.uint32(tag(4, BYTES)).string(attribute.string);
    type(3);
  } else if ('floats' in attribute) {
    for (const value of attribute.floats) w.uint32(tag(7, FIXED32)).float(value);
    type(6);
  } else {
    for (const value of attribute.ints) w.uint32(tag(8, VARINT)).int64(value);
    type(7);
  }
}

/** `TensorProto` with `raw_data`: little-endian, as every machine we run on holds it. */
function writeTensor(w: Writer, tensor: OnnxTensor): void {
  for (const size of tensor.shape) w.uint32(tag(1, VARINT)).int64(size);
  w.uint32(tag(2, VARINT)).int32(DATA_TYPES[tensor.type]);
  w.uint32(tag(8, BYTES)).string(tensor.name);
  const { buffer, byteOffset, byteLength } = tensor.data;
  w.uint32(tag(9, BYTES)).bytes(new Uint8Array(buffer, byteOffset, byteLength));
}

/** `ValueInfoProto` > `TypeProto` > `Tensor` > `TensorShapeProto` > `Dimension` */
function writeValue(w: Writer, value: OnnxValue): void {
  w.uint32(tag(1, BYTES)).string(value.name);
  message(w, 2, () => {
    message(w, 1, () => {
      w.uint32(tag(1, VARINT)).int32(DATA_TYPES[value.type]);
      message(w, 2, () => {
        for (const size of value.shape) {
          message(w, 1, () => {
            if (typeof size === 'number') w.uint32(tag(1, VARINT)).int64(size);
            else w.uint32(tag(2, BYTES)).string(size);
          });
        }
      });
    });
  });
}
