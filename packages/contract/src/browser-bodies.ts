import * as z from "zod";

/** `GET /browser/v1/answers`: what one person gets, and nothing of why. Flags that are not for browsers are not in it. */
export const answersReply: z.ZodType<{
  readonly environment: string;
  readonly epoch: string;
  readonly seq: number;
  readonly answers: Readonly<Record<string, { readonly value: unknown; readonly variant: string; readonly reason: string }>>;
}> = z.looseObject({
  environment: z.string(),
  epoch: z.string(),
  seq: z.number(),
  answers: z.record(z.string(), z.looseObject({ value: z.unknown(), variant: z.string(), reason: z.string() })),
});
