import type { Kind } from '@integration-framework/framework';
import { AssignerProtocol, type Admin, type GroupDescription, type GroupOverview, type MemberDescription } from 'kafkajs';
import { clusterName } from '../admin';
import { pagesByName } from '../pages';
import { namesBrokers, type KafkaSettings } from '../settings';

export interface GroupMember {
  readonly id: string;
  readonly client_id: string;
  readonly host: string;
  readonly assignment: { readonly topic_partitions: readonly { readonly topic: string; readonly partition: number }[] };
}
export interface ConsumerGroup {
  readonly group_id: string;
  readonly cluster_name: string;
  /** `Stable` `Empty` `PreparingRebalance` `CompletingRebalance`; absent when the brokers list the group but do not describe it (the protocol of KIP-848). */
  readonly state?: string;
  /** `consumer`, `connect` … */
  readonly protocol_type: string;
  readonly partition_assignor?: string;
  readonly members: readonly GroupMember[];
}

/** Members of other protocols (Kafka Connect) have assignments of another form: none is read of them. */
function assignmentOf(member: MemberDescription, protocolType: string): GroupMember['assignment'] {
  if (protocolType !== 'consumer' || member.memberAssignment.length === 0) return { topic_partitions: [] };
  const assignment = AssignerProtocol.MemberAssignment.decode(member.memberAssignment)?.assignment ?? {};
  const partitions = Object.entries(assignment).flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })));
  return { topic_partitions: partitions.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)) };
}

const membersOf = (group: GroupDescription): readonly GroupMember[] =>
  group.members
    .map((member) => ({ id: member.memberId, client_id: member.clientId, host: member.clientHost, assignment: assignmentOf(member, group.protocolType) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

function toRow(overview: GroupOverview, group: GroupDescription | undefined, cluster: string): ConsumerGroup {
  const described = group !== undefined && group.state !== 'Dead' ? group : undefined;
  return {
    group_id: overview.groupId,
    cluster_name: cluster,
    ...(described && { state: described.state, ...(described.protocol !== '' && { partition_assignor: described.protocol }) }),
    protocol_type: overview.protocolType,
    members: described ? membersOf(described) : [],
  };
}

/** What the brokers say of listed groups, in the order of the list. */
export async function describeGroups(admin: Admin, overviews: readonly GroupOverview[], cluster: string): Promise<readonly ConsumerGroup[]> {
  if (overviews.length === 0) return [];
  const { groups } = await admin.describeGroups(overviews.map(({ groupId }) => groupId));
  const byId = new Map(groups.map((group) => [group.groupId, group]));
  return overviews.map((overview) => toRow(overview, byId.get(overview.groupId), cluster));
}

export const consumerGroup: Kind<KafkaSettings, ConsumerGroup> = {
  name: 'consumer_group',
  key: (row) => [row.group_id],
  paging: 'stable',
  listed: namesBrokers,
  scan: (context, position) =>
    pagesByName<GroupOverview, ConsumerGroup>(
      context,
      {
        list: async (admin) => (await admin.listGroups()).groups,
        name: ({ groupId }) => groupId,
        read: (admin, overviews) => describeGroups(admin, overviews, clusterName(context)),
      },
      position,
    ),
};
