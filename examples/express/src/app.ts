import type { SluiceClient } from "@sluice/node";
import express, { type Express, type Request } from "express";

/** Who asks, and for which company. Your sign-in says so; here two headers do, or two parts of the address. */
function contextOf(request: Request): { readonly targetingKey: string; readonly customer: string } {
  const { searchParams } = new URL(request.url, "http://localhost");
  const said = (name: string): string => request.get(`x-${name}`) ?? searchParams.get(name) ?? "";
  return { targetingKey: said("user"), customer: said("customer") };
}

/** A small service that asks a flag for each request, and signs who is here for its pages, which lie in a folder. */
export function invoiceApp(flags: SluiceClient, pages: string): Express {
  const app = express();

  app.get("/invoices", (request, response) => {
    const mayExport = flags.getBoolean("billing.invoice-export", false, contextOf(request));
    response.send(mayExport ? "invoices, and a button that exports them" : "invoices");
  });

  app.get("/flags-token", (request, response) => {
    response.send(flags.contextToken(contextOf(request)));
  });

  app.use(express.static(pages));
  return app;
}
