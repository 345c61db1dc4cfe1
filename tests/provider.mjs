// A real identity provider on loopback: whoever signs in there is asked for a name alone, which is also their address.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [, , client, secret, service] = process.argv;
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: client,
      client_secret: secret,
      redirect_uris: [`${service}/dashboard/sign-in/provider/answer`],
      post_logout_redirect_uris: [`${service}/dashboard/sign-in`],
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: !id.startsWith('unverified') }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['of tests'] },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
