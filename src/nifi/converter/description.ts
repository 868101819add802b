/** What `python -m nifi_converter describe` says about a document; see its module for the meaning. */
import * as z from 'zod/mini';
import { LEVELS } from '../levels';

const nullableNumber = z.nullable(z.number());

const propertySchema = z.object({
  name: z.string(),
  display: z.string(),
  default: z.nullable(z.string()),
  allowable: z.array(z.tuple([z.string(), z.string()])),
  required: z.boolean(),
  sensitive: z.boolean(),
  el: z.string(),
  service: z.string(),
});
export type DescribedProperty = z.output<typeof propertySchema>;

const typeSchema = z.object({
  name: z.string(),
  kind: z.enum(['processor', 'service']),
  level: z.nullable(
    z.object({
      level: z.enum(LEVELS),
      planned: z.boolean(),
      target: z.string(),
      known: z.boolean(),
      family: z.string(),
    }),
  ),
  nifi: z.string(),
  deprecated: z.string(),
  properties: z.array(propertySchema),
  relationships: z.array(z.string()),
});
export type DescribedType = z.output<typeof typeSchema>;

const expressionSchema = z.object({
  property: z.string(),
  /** Characters of the property's value, end exclusive. */
  start: z.number(),
  end: z.number(),
  type: z.string(),
  reads: z.array(z.string()),
  /** Null: too long to show, or not to be written as a column. */
  spark: z.nullable(z.string()),
  udf: z.boolean(),
});
export type DescribedExpression = z.output<typeof expressionSchema>;

const componentSchema = z.object({
  kind: z.enum(['processor', 'service']),
  id: z.string(),
  /** From 1. */
  line: nullableNumber,
  column: nullableNumber,
  /** A key of `types`. */
  type: z.string(),
  /** The document's key to the catalogue's name, where they differ. */
  keys: z.record(z.string(), z.string()),
  expressions: z.array(expressionSchema),
});
export type DescribedComponent = z.output<typeof componentSchema>;

export const SEVERITIES = ['error', 'warning', 'information'] as const;

const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(SEVERITIES),
  message: z.string(),
  id: z.string(),
  name: z.string(),
  type: z.string(),
  line: nullableNumber,
  column: nullableNumber,
  level: z.string(),
  property: z.string(),
  range: z.nullable(z.tuple([z.number(), z.number()])),
});
export type Finding = z.output<typeof findingSchema>;

const functionSchema = z.object({
  name: z.string(),
  /** Null: stands first in an expression. */
  subject: z.nullable(z.string()),
  parameters: z.array(z.string()),
  required: z.number(),
  variadic: z.boolean(),
  result: z.string(),
  since: z.string(),
});
export type ExpressionFunction = z.output<typeof functionSchema>;

const attributeSchema = z.object({ name: z.string(), core: z.boolean(), written_by: z.array(z.string()) });

const readSchema = z.object({
  error: z.null(),
  functions: z.array(functionSchema),
  nifi_version: z.string(),
  findings: z.array(findingSchema),
  components: z.array(componentSchema),
  types: z.record(z.string(), typeSchema),
  attributes: z.array(attributeSchema),
});
const unreadSchema = z.object({
  error: z.object({ reason: z.string(), message: z.string(), line: nullableNumber, column: nullableNumber }),
  functions: z.array(functionSchema),
});
const descriptionSchema = z.union([readSchema, unreadSchema]);

export type ReadDescription = z.output<typeof readSchema>;
/** Of a document that the converter read, or of one that it could not. */
export type Description = z.output<typeof descriptionSchema>;

/** @throws where the text is no description */
export function parseDescription(text: string): Description {
  return descriptionSchema.parse(JSON.parse(text));
}
