// A GraphQL server with paginated repositories, on the port in argv.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

const all = [['web', 12], ['app', 7], ['docs', 0], ['infra', 31], ['tools', 4]]
const typeDefs = `
  type Query { repositories(first: Int!, after: String): Repositories! }
  type Repositories { nodes: [Repository!]! pageInfo: PageInfo! }
  type Repository { name: String! stars: Int! }
  type PageInfo { endCursor: String hasNextPage: Boolean! }`
const repositories = (_, { first, after }) => {
  const start = after ? all.findIndex(([name]) => name === after) + 1 : 0
  const part = all.slice(start, start + first)
  return {
    nodes: part.map(([name, stars]) => ({ name, stars })),
    pageInfo: { endCursor: part.at(-1)?.[0], hasNextPage: start + first < all.length },
  }
}
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers: { Query: { repositories } } }), logging: false })
createServer(yoga).listen(Number(process.argv[2]), '127.0.0.1')
