// usage: node server.js SOCKET-FOLDER CERTIFICATE KEY PROCESSES
// Fastify with pg as one would write it: takes the row of a ballot as JSON, stores it durably, and says that it did.
// Prints the port once all processes listen.
const cluster = require('node:cluster');
const fs = require('node:fs');
const [host, certificate, key, processes] = process.argv.slice(2);

if (cluster.isPrimary) {
    let waiting = Number(processes);
    for (let i = 0; i < Number(processes); i++) cluster.fork();
    cluster.on('listening', (worker, address) => --waiting === 0 && console.log(address.port));
    cluster.on('exit', () => process.exit(1));
    process.on('SIGTERM', () => process.exit(0));
} else {
    const { Pool } = require('pg');
    const pool = new Pool({ host, port: 5432, database: 'candour', user: 'postgres', max: 16 });
    const server = require('fastify')({
        https: { cert: fs.readFileSync(certificate), key: fs.readFileSync(key), minVersion: 'TLSv1.3' },
    });
    const hex = { type: 'string', pattern: '^[0-9a-f]*$', maxLength: 8192 };
    const number = { type: 'integer', minimum: 1 };
    const properties = {
        round: hex, vk: hex, subject: hex, grp: number, sequence: number, ratings: hex, comments: hex, leaf: hex,
    };
    const body = { type: 'object', required: Object.keys(properties), properties };
    server.post('/ballot', { schema: { body } }, async (request) => {
        const b = request.body;
        await pool.query({
            name: 'cast',
            text: `INSERT INTO public.plain_ballot (round, vk, subject, grp, sequence, ratings, comments, leaf)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
            values: [b.round, Buffer.from(b.vk, 'hex'), b.subject, b.grp, b.sequence, Buffer.from(b.ratings, 'hex'),
                Buffer.from(b.comments, 'hex'), Buffer.from(b.leaf, 'hex')],
        });
        return { stored: true };
    });
    // Port 0 is one port for all processes.
    server.listen({ port: 0, host: '127.0.0.1' }).catch((error) => {
        console.error(error);
        process.exit(1);
    });
}
