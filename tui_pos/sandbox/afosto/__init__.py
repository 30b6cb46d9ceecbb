"""The Afosto part of the sandbox: GraphQL, REST, payments, terminals, invoices."""
